import { banner } from './banner';
import { readSettings } from './settings';
import { startServer } from './start-server';

const read = readSettings(process.env);
if ('problems' in read) {
  process.stderr.write(`dev-infisical cannot start:\n${read.problems.map((line) => `  ${line}\n`).join('')}`);
  process.exit(1);
}

process.stderr.write(banner(read.settings));
let stop = () => Promise.resolve();
// As the first process of a container nothing else would end it while it still migrates.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stop().finally(() => process.exit(0)));
}
startServer(read.settings)
  .then((started) => {
    stop = started;
  })
  .catch((error: unknown) => {
    process.stderr.write(
      `dev-infisical cannot start: ${error instanceof Error ? error.message : 'unknown'}\n`,
    );
    process.exit(1);
  });
