import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { allCases } from './all-cases';
import { Mismatch } from './expect';
import { prepareWorld, type Access } from './prepare-world';
import { runCases, type Outcome } from './run-cases';

interface Flags {
  addr: string;
  email?: string;
  password?: string;
  passwordFile?: string;
  clientId?: string;
  clientSecret?: string;
  clientSecretFile?: string;
  projectId?: string;
  json?: true;
}

const program = new Command('conformance')
  .description('States the behaviour of Infisical that onex-bootstrap relies on, against a running server.')
  .requiredOption('--addr <url>', 'address of the server')
  .option('--email <email>', 'administrator (used to bootstrap an instance that is not initialised)')
  .option('--password <password>', 'password of the administrator')
  .option('--password-file <file>', 'the same, from a file: not visible to other processes')
  .option('--client-id <id>', 'a machine identity that may write in the project')
  .option('--client-secret <secret>', 'its client secret')
  .option('--client-secret-file <file>', 'the same, from a file')
  .option('--project-id <id>', 'the project to work in, below a folder of its own')
  .option('--json', 'print one JSON document')
  .action(run);

program.parseAsync().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : 'unknown error';
  process.stderr.write(`${error instanceof Mismatch ? '' : 'conformance cannot run: '}${message}\n`);
  process.exitCode = 2;
});

async function run(flags: Flags): Promise<void> {
  const say = (line: string) => void (flags.json ? undefined : process.stdout.write(`${line}\n`));
  const world = await prepareWorld(accessOf(flags), say);
  const outcomes = await runCases(world, allCases, (outcome) => say(lineOf(outcome)));
  const count = (wanted: Outcome['outcome']) => outcomes.filter(({ outcome }) => outcome === wanted).length;
  const [passed, failed, skipped] = [count('ok'), count('FAIL'), count('skip')];
  say(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  if (flags.json) {
    const report = {
      address: flags.addr,
      generation: world.generation,
      passed,
      failed,
      skipped,
      cases: outcomes,
    };
    process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  }
  process.exitCode = failed === 0 ? 0 : 1;
}

function accessOf(flags: Flags): Access {
  const address = flags.addr.replace(/\/$/, '');
  const password = flags.password ?? fromFile(flags.passwordFile);
  const clientSecret = flags.clientSecret ?? fromFile(flags.clientSecretFile);
  const { email, clientId, projectId } = flags;
  if (clientId !== undefined || clientSecret !== undefined || projectId !== undefined) {
    if (clientId !== undefined && clientSecret !== undefined && projectId !== undefined) {
      return { address, machine: { clientId, clientSecret, projectId } };
    }
    throw new Error('--client-id, --client-secret and --project-id belong together');
  }
  if (email === undefined && password === undefined) return { address };
  if (email !== undefined && password !== undefined) return { address, account: { email, password } };
  throw new Error('--email and --password belong together');
}

function fromFile(path: string | undefined): string | undefined {
  return path === undefined ? undefined : readFileSync(path, 'utf8').trim();
}

function lineOf(outcome: Outcome): string {
  const reason = outcome.outcome === 'ok' ? '' : `: ${outcome.reason}`;
  return `${outcome.outcome.padEnd(4)} ${outcome.name}${reason}`;
}
