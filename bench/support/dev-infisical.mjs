// The development Infisical on a private Postgres and Redis, started as the tests start it.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** `startDevInfisical` of test/support; it must lie two folders below the root, as there. */
export function devInfisical() {
  const outfile = join(root, 'dist', 'bench', 'dev-infisical.cjs');
  mkdirSync(dirname(outfile), { recursive: true });
  buildSync({
    entryPoints: [join(root, 'test/support/dev-infisical.ts')],
    bundle: true,
    platform: 'node',
    target: 'node20',
    packages: 'external',
    outfile,
  });
  return createRequire(import.meta.url)(outfile);
}
