import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'dotenv';
import type { BootstrapInput } from '../../contracts/settings/bootstrap-input';
import { startInstances, type Instance } from '../../test/infisical/instances';
import type { Generation } from './fault-plan';
import { Product } from './product';

/** What all runs share: the product's worker, instances that are emptied between runs, and the input. */
export interface World {
  product: Product;
  input: Pick<BootstrapInput, 'contracts' | 'envFiles'>;
  /** Values of the input. */
  canaries: ReadonlySet<string>;
  /** Lends an instance to one run at a time. */
  withInstance: <T>(generation: Generation, work: (instance: Instance) => Promise<T>) => Promise<T>;
  stop: () => Promise<void>;
}

/** `root` is the folder of the project. */
export async function openWorld(root: string): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'onex-random-faults-'));
  const example = join(root, 'examples', 'onex');
  const [shared, billing] = ['values.env', 'billing.env'].map((name) =>
    withCanaries(join(example, name), join(folder, name)),
  ) as [EnvFile, EnvFile];
  const instances = await startInstances();
  const product = await Product.start();
  const free: Record<Generation, Instance[]> = { current: [], '2024': [] };
  return {
    product,
    input: {
      contracts: [join(example, 'contracts')],
      envFiles: [shared.path, `billing=${billing.path}`],
    },
    canaries: new Set([...shared.values, ...billing.values]),
    withInstance: async (generation, work) => {
      const instance = free[generation].pop() ?? (await instances.fresh({ generation }));
      try {
        return await work(instance);
      } finally {
        free[generation].push(instance);
      }
    },
    stop: async () => {
      await Promise.allSettled([product.stop(), instances.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface EnvFile {
  path: string;
  values: string[];
}

/** The keys of an env file, each with a value that can be found wherever it shows. */
function withCanaries(source: string, path: string): EnvFile {
  const entries = Object.keys(parse(readFileSync(source))).map((key) => ({
    key,
    value: `canary-${randomBytes(8).toString('hex')}`,
  }));
  const text = entries.map(({ key, value }) => `${key}=${value}\n`).join('');
  writeFileSync(path, text, { mode: 0o600 });
  return { path, values: entries.map(({ value }) => value) };
}
