import { bundleWorkflowCode } from '@temporalio/worker';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { secretsPlugin } from './sealing/secrets-plugin';

/** Bundles the workflows beside the compiled code; a worker must run a bundle made by its own SDK version. */
async function buildBundle(): Promise<void> {
  const workflows = join(__dirname, '..', 'workflows');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(workflows, 'index.js'),
    workflowInterceptorModules: [join(workflows, 'told-at-once.js')],
    plugins: [secretsPlugin({ keys: undefined })], // converters only: no key is in a bundle
  });
  await writeFile(join(__dirname, '..', 'workflow-bundle.js'), withoutSources(code));
}

/** The bundle without the texts of its sources: each worker reads its source map as it starts, for lines and names only. */
function withoutSources(code: string): string {
  const marker = '//# sourceMappingURL=data:application/json;charset=utf-8;base64,';
  const at = code.lastIndexOf(marker);
  if (at < 0) return code;
  const map = JSON.parse(Buffer.from(code.slice(at + marker.length).trim(), 'base64').toString()) as object;
  const lean = Buffer.from(JSON.stringify({ ...map, sourcesContent: undefined })).toString('base64');
  return `${code.slice(0, at + marker.length)}${lean}\n`;
}

buildBundle().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
