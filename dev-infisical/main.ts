import { startServer } from './server';
import { readSettings, type Settings } from './settings';

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

/** What stands on top of the log, so that nobody takes this server for the real one. */
function banner({ DEV_INFISICAL_GENERATION: generation }: Settings): string {
  const lines = [
    'DEVELOPMENT SERVER - THIS IS NOT INFISICAL',
    `It answers the part of the Infisical API (${generation} generation) that onex-bootstrap uses.`,
    'No audit, no access approvals, no support: never put real secrets into it.',
  ];
  const width = Math.max(...lines.map((line) => line.length));
  const edge = '#'.repeat(width + 4);
  return `${edge}\n${lines.map((line) => `# ${line.padEnd(width)} #\n`).join('')}${edge}\n`;
}
