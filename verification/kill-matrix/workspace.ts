import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { buildSync } from 'esbuild';
import { engineWithImages } from './machine/engine-with-images';
import type { Job } from './machine/job';

/** Outside of /tmp, which machines replace by their own. */
const FOLDER = '/var/tmp/onex-kill-matrix-';
const COPIED = ['dist', 'docker-compose.yml', 'examples', 'images', 'package.json'];
/** Nodes of the example: of two services, with keys in three folders. */
const NODES = ['node_order_store_effect', 'node_payment_effect', 'node_session_cache_effect'];

/** What all machines of a matrix share, read only. */
export interface Workspace {
  /** The program that runs in a machine. */
  runner: string;
  /** Data of a Docker Engine that has the images and nothing else. */
  engine: string;
  job: Omit<Job, 'kill' | 'fault'>;
  remove: () => void;
}

/** Freezes the built product, so that a rebuild during a long matrix changes nothing, and loads its images. */
export async function openWorkspace(root: string): Promise<Workspace> {
  const folder = mkdtempSync(FOLDER);
  const product = join(folder, 'product');
  for (const name of COPIED) cpSync(join(root, name), join(product, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(product, 'node_modules'));
  const bundle = (source: string) =>
    bundled(join(root, 'verification/kill-matrix', source), join(product, 'kill-matrix', source));
  return {
    runner: bundle('machine/main.ts'),
    engine: await engineWithImages(product, folder),
    job: {
      product,
      preload: bundle('side-effects/preload.ts'),
      toolsPath: join(homedir(), '.onex-bootstrap', 'tools', 'temporal-venv', 'bin'),
      contracts: NODES.map((node) => join(product, 'examples', 'onex', 'contracts', node)),
      envFiles: [
        canaries(join(root, 'examples', 'onex', 'values.env'), join(folder, 'values.env')),
        `billing=${canaries(join(root, 'examples', 'onex', 'billing.env'), join(folder, 'billing.env'))}`,
      ],
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function bundled(source: string, target: string): string {
  const outfile = target.replace(/\.ts$/, '.cjs');
  buildSync({
    entryPoints: [source],
    bundle: true,
    platform: 'node',
    target: 'node20',
    packages: 'external',
    outfile,
  });
  return outfile;
}

/** The keys of an env file, each with a value that can be found wherever it shows. */
function canaries(source: string, target: string): string {
  const keys = Object.keys(parse(readFileSync(source)));
  const lines = keys.map((key) => `${key}=canary-${randomBytes(8).toString('hex')}`);
  writeFileSync(target, `${lines.join('\n')}\n`, { mode: 0o600 });
  return target;
}
