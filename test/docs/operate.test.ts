import { generateIdentity, identityToRecipient } from 'age-encryption';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { waitFor } from '../../contracts/core/wait-for';
import { Secret } from '../../contracts/core/secret';
import type { PendingPlan } from '../../contracts/run/summaries';
import { InfisicalHttp } from '../../infisical/http';
import { readAdminCredentials, readIdentityState } from '../../infisical/identity/state';
import { writeSecrets } from '../../infisical/secrets/secrets';
import { login } from '../../infisical/session';
import { expectExit, Installation } from '../support/installation';
import { readCommands } from '../support/read-commands';

const MINUTES = 900_000;
const root = join(__dirname, '..', '..');
const example = join(root, 'examples', 'onex');
const RETIRED = 'RETIRED_KEY';
/** Pages on what is done for years, in an order in which one machine can go through them. */
const PAGES = ['watch', 'approval', 'backup', 'prune', 'promote', 'rotate', 'production'];

// One machine with one stack and a worker: the pages follow each other.
let installation: Installation;
let staging: string;
let recipient: string;
const stateDir = () => join(installation.stateDir, installation.environment);
const lock = () => `bootstrap/${installation.environment}`;

beforeAll(async () => {
  installation = await Installation.create();
  staging = `${installation.environment}s`;
  const identity = await generateIdentity();
  recipient = await identityToRecipient(identity);
  write('identity.txt', identity);
  write('address.txt', 'https://hooks.example.com/onex');
  expectExit(0, await installation.run('up'));
  const { email, password } = (await readAdminCredentials(stateDir()))!;
  const admin = { INFISICAL_ADMIN_EMAIL: email, INFISICAL_ADMIN_PASSWORD: password.reveal() };
  // nobody gives its values: it gets them by promotion
  const contracts = join(example, 'contracts');
  const beside = ['-e', staging, contracts, '--infisical', address(), '--allow-partial'];
  await shell(['onex-bootstrap', 'up', ...beside].join(' '), admin);
  const worker = installation.start('worker');
  await worker.says('Ctrl-C stops it');
}, MINUTES);
afterAll(() => installation.remove(), MINUTES);

const write = (name: string, text: string) =>
  writeFileSync(join(installation.stateDir, name), text, { mode: 0o600 });
const address = () => `http://127.0.0.1:${installation.variables['INFISICAL_EXTERNAL_PORT']}`;

/** A command as somebody on that machine types it. */
function shell(command: string, variables: Record<string, string> = {}) {
  const path = [join(root, 'bin'), dirname(process.execPath), installation.env['PATH']].join(':');
  const env = { ...installation.env, PATH: path, ...variables };
  const child = spawn('bash', ['-c', command], { cwd: installation.stateDir, env });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return new Promise<{ code: number | null; said: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, said: said.slice(-2_000) })),
  );
}

/** The plan that waits for its approval now. */
const pending = () =>
  installation.withClient((client) =>
    client.workflow
      .getHandle(lock())
      .query<PendingPlan | null>('pendingPlan')
      .then((plan) => plan ?? undefined)
      .catch(() => undefined),
  );
const waiting = () => waitFor(pending, { forMs: 300_000, everyMs: 500 });

const hasEnded = () =>
  installation.withClient(async (client) => {
    const { status } = await client.workflow.getHandle(lock()).describe();
    return status.name === 'RUNNING' ? undefined : ('ended' as const);
  });

/** Something that `up` would change, and a run that asks for it. */
async function askForApproval() {
  // the run before may be about to ask, or about to end
  const asked = async () => ((await pending()) !== undefined ? 'now' : await hasEnded());
  if ((await waitFor(asked, { forMs: 120_000 })) === 'now') return;
  removeGreeter();
  void shell(`onex-bootstrap up -e ${installation.environment} --approve`);
  await waiting();
}
function removeGreeter() {
  const named = installation.docker('ps', '-a', '--format', '{{.Names}}').split('\n');
  const greeter = named.find((name) => name.includes(installation.environment) && name.includes('greeter'));
  if (greeter !== undefined) installation.docker('rm', '-f', greeter);
}

/** A key that no contract asks for. */
async function plantRetired() {
  const { projectId, identities } = (await readIdentityState(stateDir()))!;
  const { clientId, clientSecret } = identities['seeder']!;
  const session = await login(new InfisicalHttp(address()), {
    clientId: clientId!,
    clientSecret: clientSecret!,
  });
  const scope = { projectId, environment: installation.environment };
  const value = new Secret('of before');
  await writeSecrets(
    session,
    scope,
    [{ action: 'CREATE', folder: '/shared/kafka', key: RETIRED, value }],
    {},
  );
}

async function seenDigest(): Promise<string> {
  await plantRetired();
  const { said } = await shell(`onex-bootstrap watch -e ${installation.environment} --now`);
  return new RegExp(`${RETIRED}.*\\[(\\w{12})\\]`).exec(said)?.[1] ?? 'none';
}

/** What a reader puts in place of what a page says. */
async function asTyped(page: string, command: string): Promise<string> {
  const own = command
    .replace(/\bprod\b/g, installation.environment)
    .replace('/mnt/backups', 'backups')
    .replace('age1…', recipient)
    .replace(/\bAPI_KEY\b/, 'QDRANT_API_KEY');
  if (own.includes('230ca0fce33c')) return own.replace('230ca0fce33c', await seenDigest());
  if (own.includes('2c9750e6ebfc9abc'))
    return own.replace('2c9750e6ebfc9abc', (await waiting())?.digest ?? 'none');
  return page === 'promote'
    ? own.replace(/\bdev\b/g, installation.environment).replace(/\bstaging\b/g, staging)
    : own;
}

/** What must be so before a command makes sense. */
async function prepare(command: string) {
  if (
    / (approve|reject) -e | update execute | query .*pendingPlan/.test(command) &&
    !command.includes('retired')
  )
    await askForApproval();
  if (/up -e \S+ --approve|--type bootstrap/.test(command)) removeGreeter();
  if (/--type prune/.test(command)) await plantRetired();
}

/** How it ends: also the run that it only started, and the one that waits for somebody's approval. */
async function ended(command: string): Promise<{ code: number | null; said: string }> {
  const run = shell(command);
  const asks = /(up -e \S+ --approve|prune -e \S+)$/.test(command);
  if (asks && /prune/.test(command)) {
    const { digest } = (await waiting())!;
    await shell(`onex-bootstrap approve -e ${installation.environment} ${digest}`);
  }
  if (asks && /up -e/.test(command)) return { code: (await waiting()) === undefined ? null : 0, said: '' };
  const { code, said } = await run;
  const started = /workflow start .*--workflow-id (\S+)/.exec(command)?.[1];
  if (code !== 0 || started === undefined || /"approve"|--type prune/.test(command)) return { code, said };
  return installation.withClient((client) =>
    client.workflow
      .getHandle(started)
      .result()
      .then(
        () => ({ code, said }),
        (error: Error) => ({ code: null, said: `${error.message}: ${String(error.cause)}` }),
      ),
  );
}

describe.each(PAGES)('the page docs/%s.md', (page) => {
  const commands = readCommands(readFileSync(join(root, 'docs', `${page}.md`), 'utf8'));

  it.each(commands)(
    '%s ends well',
    async (command) => {
      await prepare(command);
      const { code, said } = await ended(await asTyped(page, command));
      expect({ code, said: code === 0 ? '' : said }).toEqual({ code: 0, said: '' });
    },
    MINUTES,
  );
});
