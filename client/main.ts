import './compile-cache';
import { ApplicationFailure } from '@temporalio/common';
import { CommanderError } from 'commander';
import { parse } from 'dotenv';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { unforeseen } from '../contracts/core/failures';
import { wordsOf } from '../contracts/core/foreign-words';
import { withSecretScope } from '../contracts/core/secret-scope';
import { readConfiguration } from '../environment/configuration';
import { isFile, readInputFileSync } from '../environment/files/input-file';
import { assertNoFile } from '../environment/files/writable';
import { Host } from '../environment/host';
import { keepWords } from '../environment/kept-words';
import { drained, watchStreams } from './drained';
import { SLUG } from '../contracts/core/names';
import { ExitCode, exitCodeOf } from './exit-code';
import { Interrupts } from './interrupts';
import { createProgram } from './program';
import { refusal } from './temporal/refusal';
import { createTerminal } from './terminal';

const workingDir = process.cwd();
const packageDir = resolve(__dirname, '..', '..');
const colours = process.env['NO_COLOR'] === undefined;
let asked: string | undefined; // by -e, and not by a variable of the shell that the next command is pasted to
const terminal = createTerminal(process, { colours, command: ownCommand(), environment: () => asked });
const [, , command] = process.argv;
// a worker that has not begun leaves nothing behind: whoever stops it, as systemd does, has what was asked for
const interrupts = new Interrupts((hasBegun) =>
  process.exit(command === 'worker' && !hasBegun ? ExitCode.ok : ExitCode.detached),
);

watchStreams();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupts.hear());

// The working directory's .env is part of the environment, as for `docker compose`; variables that are set win.
function dotenv(): Record<string, string> {
  const file = join(workingDir, '.env');
  return isFile(file) ? parse(readInputFileSync(file, 'env file')) : {};
}

const given = { ...process.env };
// dockerode would read these too, each time, and fail by what it finds: which engine is meant is declared
for (const name of ['DOCKER_HOST', 'DOCKER_CERT_PATH', 'DOCKER_TLS_VERIFY']) delete process.env[name];

function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

// Known once a command begins.
let stateRoot: string | undefined;

async function run(): Promise<ExitCode> {
  let code: ExitCode = ExitCode.ok;
  const { version } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as {
    version: string;
  };
  const program = createProgram(
    version,
    ({ json, environment }) => {
      if (SLUG.test(environment ?? '')) asked = environment;
      const config = readConfiguration(given, { workingDir, packageDir, dotenv: dotenv() });
      assertNoFile(config.stateRoot);
      stateRoot = config.stateRoot;
      const host = new Host(config);
      return { config, host, terminal, json: json === true, inherited: inherited(), interrupts };
    },
    (ended) => (code = ended),
  );
  await program.parseAsync(process.argv);
  return code;
}

void withSecretScope(() => run().catch(told)).then(async (code) => {
  await drained();
  process.exit(code);
});

/** Says why a command failed in our own words; those of others go where only their owner reads them. */
async function told(caught: unknown): Promise<ExitCode> {
  const thrown = caught instanceof ApplicationFailure ? caught : (refusal(caught) ?? caught);
  const usage = thrown instanceof CommanderError;
  if (usage && thrown.exitCode === 0) return ExitCode.ok;
  const ours =
    thrown instanceof Error && (usage || thrown instanceof ApplicationFailure || wordsOf(thrown).length > 0);
  const error = ours ? thrown : unforeseen('The command', thrown, true);
  if (stateRoot !== undefined) await keepWords(stateRoot, error);
  const { message } = error;
  if (command !== 'exec' && process.argv.includes('--json'))
    terminal.line(JSON.stringify({ outcome: 'failed', message }, null, 2));
  if (!usage) terminal.progress(`✘ ${message}`); // commander has said it
  if (usage) return codeFor(ExitCode.badInput);
  return codeFor(error instanceof ApplicationFailure ? exitCodeOf(error.type) : ExitCode.stepFailed);
}

/** How a failure of ours ends this command: `exec` and `plan --detailed-exitcode` need the usual code for something else. */
function codeFor(usual: ExitCode): ExitCode {
  if (command === 'exec') return ExitCode.execFailed;
  const isDetailed = command === 'plan' && process.argv.includes('--detailed-exitcode');
  return isDetailed && usual === ExitCode.changesPending ? ExitCode.stepFailed : usual;
}

/** How this program is called from here, for commands that messages print. */
function ownCommand(): string {
  const own = join(packageDir, 'bin', 'onex-bootstrap');
  const isOwn = (path: string) => existsSync(path) && realpathSync(path) === own;
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .some((dir) => isOwn(join(dir, 'onex-bootstrap')));
  if (onPath) return 'onex-bootstrap';
  return workingDir === packageDir || isOwn(join(workingDir, 'node_modules', '.bin', 'onex-bootstrap'))
    ? 'npx onex-bootstrap'
    : own;
}
