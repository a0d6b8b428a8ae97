// Bundles the check, which is TypeScript and no part of the product's build, and runs it.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// What the tests share finds the project two folders above itself.
const outfile = join(root, 'dist/random-faults/main.cjs');
buildSync({
  entryPoints: [join(root, 'random-faults/main.ts')],
  bundle: true,
  platform: 'node',
  target: 'node20',
  packages: 'external',
  outfile,
});
const args = ['--enable-source-maps', '--', outfile, root, ...process.argv.slice(2)];
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1);
