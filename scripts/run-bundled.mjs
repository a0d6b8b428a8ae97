// run-bundled.mjs FOLDER …: bundles its main.ts, which is no part of the product's build, and runs it with the rest.
import { spawnSync } from 'node:child_process';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [folder, ...given] = process.argv.slice(2);
// What the tests share finds the project two folders above itself.
const outfile = join(root, 'dist', basename(folder), 'main.cjs');
buildSync({
  entryPoints: [join(root, folder, 'main.ts')],
  bundle: true,
  platform: 'node',
  target: 'node20',
  packages: 'external',
  outfile,
});
const args = ['--enable-source-maps', '--', outfile, root, ...given];
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1);
