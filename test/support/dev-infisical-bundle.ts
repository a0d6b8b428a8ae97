import { build } from 'esbuild';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';

/** Bundles the development server as its image has it, and puts it there in one step. Returns the path. */
export async function buildDevInfisical(outfile: string): Promise<string> {
  const draft = `${outfile}.${process.pid}`;
  await build({
    entryPoints: [join(__dirname, '../../dev-infisical/main.ts')],
    bundle: true,
    platform: 'node',
    target: 'node20',
    external: ['pg-native'],
    logLevel: 'error',
    outfile: draft,
  });
  await rename(draft, outfile);
  return outfile;
}
