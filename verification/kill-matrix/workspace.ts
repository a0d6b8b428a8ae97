import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { writeCanaries } from '../harness/canaries';
import { temporalTools } from '../harness/product';
import type { Setting } from './machine/job';
import { engineWithImages, type MachineFiles } from './machine/start-machine';

/** Outside of /tmp, which machines replace by their own. */
const FOLDER = '/var/tmp/onex-kill-matrix-';
const COPIED = ['dist', 'docker-compose.yml', 'examples', 'images', 'package.json'];
/** Nodes of the example: of two services, with keys in three folders. */
const NODES = ['node_order_store_effect', 'node_payment_effect', 'node_session_cache_effect'];

/** What all machines of a matrix share, read only. */
export interface Workspace extends MachineFiles {
  job: Setting;
  remove: () => void;
}

/** Freezes the built product, so that a rebuild during a long matrix changes nothing, and loads its images. */
export async function openWorkspace(root: string): Promise<Workspace> {
  const folder = mkdtempSync(FOLDER);
  const product = join(folder, 'product');
  for (const name of COPIED) cpSync(join(root, name), join(product, name), { recursive: true });
  mkdirSync(join(product, 'node_modules'));
  const bundle = (source: string) =>
    bundled(join(root, 'verification/kill-matrix', source), join(product, 'kill-matrix', source));
  const values = (name: string) => writeCanaries(join(root, 'examples', 'onex', name), join(folder, name));
  return {
    runner: bundle('machine/run-job.ts'),
    engine: await engineWithImages(product, folder),
    modules: join(root, 'node_modules'),
    job: {
      product,
      preload: bundle('side-effects/preload.ts'),
      toolsPath: await temporalTools(),
      given: {
        contracts: NODES.map((node) => join(product, 'examples', 'onex', 'contracts', node)),
        envFiles: [values('values.env'), `billing=${values('billing.env')}`],
      },
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
