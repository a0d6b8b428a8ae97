import { readFileSync } from 'node:fs';
import { endLike, runChild } from '../../../client/exec/run-child';

// As client/main.ts: what is not taken over ends the program with 99.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(99));

const [command = '', ...args] = process.argv.slice(2);
const file = process.env['EXEC_PROGRAM_ENVIRONMENT'];
const given = file === undefined ? {} : (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>);
const inherited = { PATH: process.env['PATH'] ?? '' };

void runChild(command, args, { ...inherited, ...given }).then((end) => {
  if (end.kind === 'not started') console.error(end.message);
  void endLike(end);
});
