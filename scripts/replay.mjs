// Replays recorded histories against the built workflows; prints what differs.
// Usage: replay.mjs [--bundle FILE] [file.json …]
import worker from '@temporalio/worker';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'test', 'histories');
const flags = { bundle: { type: 'string', default: join(root, 'dist', 'workflow-bundle.js') } };
const { values, positionals: given } = parseArgs({ options: flags, allowPositionals: true });
const files = given.length > 0 ? given : readdirSync(folder).map((name) => join(folder, name));

worker.Runtime.install({ logger: new worker.DefaultLogger('ERROR') });
// A workflow looks at its own id.
const histories = files.map((file) => {
  const history = JSON.parse(readFileSync(file, 'utf8'));
  return { workflowId: history.events[0].workflowExecutionStartedEventAttributes.workflowId, history };
});
const built = (path) => createRequire(import.meta.url)(join(root, 'dist', 'worker', 'sealing', path));
// Only histories that hold Secrets need the keys.
const keyFile = process.env.ONEX_CODEC_KEY_FILE;
const keys = keyFile ? await built('codec-keys.js').readCodecKeys(keyFile) : undefined;
const plugins = [built('secrets-plugin.js').secretsPlugin({ keys })];
const workflowBundle = { codePath: values.bundle };
let failed = 0;
const names = files.values(); // results come in the order of the histories
for await (const { error } of worker.Worker.runReplayHistories({ workflowBundle, plugins }, histories)) {
  if (error) failed++;
  const name = basename(names.next().value, '.json');
  console.log(`${error ? 'FAIL' : 'ok  '} ${name}${error ? `: ${error.message}` : ''}`);
}
process.exit(failed === 0 ? 0 : 1);
