import { ApplicationFailure } from '@temporalio/common';
import { CommanderError } from 'commander';
import { parse } from 'dotenv';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readConfiguration } from '../contracts/settings/configuration';
import { ExitCode, exitCodeOf } from './exit-code';
import { createProgram } from './program';
import { createTerminal } from './terminal';

const workingDir = process.cwd();
const packageDir = resolve(__dirname, '..', '..');
const terminal = createTerminal(process, { colours: process.env['NO_COLOR'] === undefined });
const detach = new AbortController();

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (detach.signal.aborted) process.exit(ExitCode.detached); // asked twice: do not wait for clean-up
    detach.abort();
  });
}

// The working directory's .env is part of the environment, as for `docker compose`; variables that are set win.
function environment(): Record<string, string | undefined> {
  const file = join(workingDir, '.env');
  return { ...(existsSync(file) ? parse(readFileSync(file)) : {}), ...process.env };
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

async function run(): Promise<ExitCode> {
  let code: ExitCode = ExitCode.ok;
  const program = createProgram(
    ({ json }) => ({
      config: readConfiguration(environment(), { workingDir, packageDir }),
      terminal,
      json: json === true,
      inherited: inherited(),
      detach: detach.signal,
    }),
    (ended) => (code = ended),
  );
  await program.parseAsync(process.argv);
  return code;
}

void run()
  .catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    const usage = error instanceof CommanderError;
    if (usage && error.exitCode === 0) return ExitCode.ok;
    if (process.argv.includes('--json'))
      terminal.line(JSON.stringify({ outcome: 'failed', message }, null, 2));
    if (usage) return ExitCode.badInput; // commander has said it
    terminal.progress(`✘ ${message}`);
    return error instanceof ApplicationFailure ? exitCodeOf(error.type) : ExitCode.stepFailed;
  })
  .then((code) => process.exit(code));
