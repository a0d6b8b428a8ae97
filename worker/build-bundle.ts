import { bundleWorkflowCode } from '@temporalio/worker';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { secretsPlugin } from './sealing/secrets-plugin';

/** Bundles the workflows beside the compiled code; a worker must run a bundle made by its own SDK version. */
async function buildBundle(): Promise<void> {
  const workflowsPath = join(__dirname, '..', 'workflows', 'index.js');
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    plugins: [secretsPlugin({ keys: undefined })], // converters only: no key is in a bundle
  });
  await writeFile(join(__dirname, '..', 'workflow-bundle.js'), code);
}

buildBundle().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
