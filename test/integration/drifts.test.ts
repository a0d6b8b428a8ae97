import { copyFileSync, cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plantSecret, removeSecret } from '../../verification/harness/secrets';
import { expectExit, Installation } from '../support/installation';

jest.setTimeout(600_000);

const root = join(__dirname, '..', '..');
const example = join(root, 'examples', 'onex');
let installation: Installation;
const at = (...names: string[]) => join(installation.stateDir, ...names);
const nodeFile = (node: string) => at('nodes', installation.environment, 'all', `${node}.json`);
const container = (service: string) => `onex-${installation.environment}-${service}-1`;
const places = () => ({
  environment: installation.environment,
  state: installation.stateDir,
  nodes: at('nodes'),
});

beforeAll(async () => {
  installation = await Installation.create();
  installation.variables['ONEX_NODES_DIR'] = at('nodes');
  cpSync(join(example, 'contracts'), at('contracts'), { recursive: true });
  for (const name of ['values.env', 'billing.env']) copyFileSync(join(example, name), at(name));
  const stack = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
  writeFileSync(at('stack.yml'), stack.replaceAll('./examples', join(root, 'examples')));
  writeFileSync(at('passphrase'), 'of a test\n', { mode: 0o600 });
  const values = ['--values', 'values.env', '--values', 'billing=billing.env'];
  expectExit(0, await installation.run('up', 'contracts', ...values, '--stack', 'stack.yml'));
  expectExit(0, await installation.run('backup', '--to', 'backups', '--passphrase-file', 'passphrase'));
});
afterAll(() => installation.remove());

interface Seen {
  outcome: string;
  drifts: { first: string[] };
  unobserved: { first: string[] };
}

/** What a look sees, without digests and reasons: `node file node_a: missing`. */
async function look(...flags: string[]): Promise<{ outcome: string; drifts: string[] }> {
  const { stdout, stderr } = await installation.run('watch', '--now', '--json', ...flags);
  if (stdout === '') throw new Error(stderr);
  const { outcome, drifts } = JSON.parse(stdout) as Seen;
  return { outcome, drifts: drifts.first.map((line) => line.replace(/ \[[0-9a-f]{12}\].*/, '')).sort() };
}

const matching = (lines: RegExp[]) => lines.map((line) => expect.stringMatching(line) as string);
const IN_STEP = { outcome: 'in step', drifts: [] };

test('what drifts at once is named one by one; what needs no decision is repaired, and the rest stays as it is', async () => {
  expect(await look()).toEqual(IN_STEP);
  installation.docker('rm', '--force', container('greeter'));
  const [http, kafka] = ['/shared/http', '/shared/kafka'];
  await plantSecret(places(), { folder: http, key: 'HTTP_BASE_URL' }, 'http://elsewhere.test');
  await plantSecret(places(), { folder: http, key: 'RETIRED' }, 'of nobody');
  await removeSecret(places(), { folder: kafka, key: 'KAFKA_ACKS' });
  await plantSecret(places(), { folder: kafka, key: 'KAFKA_GROUP_ID' }, '');
  rmSync(nodeFile('node_order_store_effect'));
  const changed = JSON.parse(readFileSync(nodeFile('node_payment_effect'), 'utf8')) as { values: object };
  writeFileSync(nodeFile('node_payment_effect'), JSON.stringify({ ...changed, values: {} }));
  copyFileSync(nodeFile('node_payment_effect'), nodeFile('node_of_nobody')); // with its rights
  writeFileSync(nodeFile('node_of_nobody'), JSON.stringify({ ...changed, node: 'node_of_nobody' }));
  for (const file of readdirSync(at('backups'))) rmSync(at('backups', file));

  const { outcome, drifts } = await look();
  expect(outcome).toBe('drifted');
  const left = matching([
    /^condition .*backup/,
    /^node file node_of_nobody/,
    /^secret \S+HTTP_BASE_URL: differs/,
    /^secret \S+RETIRED: unmanaged/,
  ]);
  const healed = matching([
    /^container greeter: missing/,
    /^node file node_order_store_effect: missing/,
    /^node file node_payment_effect/,
    /^secret \S+KAFKA_ACKS: missing/,
    /^secret \S+KAFKA_GROUP_ID/,
  ]);
  expect(drifts).toEqual(expect.arrayContaining([...left, ...healed]));

  expect(await look('--on-drift', 'heal')).toEqual({ outcome: 'drifted', drifts: left });

  await installation.run('up', '--overwrite', 'HTTP_BASE_URL');
  await removeSecret(places(), { folder: http, key: 'RETIRED' });
  rmSync(nodeFile('node_of_nobody'), { force: true });
  expectExit(0, await installation.run('backup'));
  expect(await look()).toEqual(IN_STEP);
});

test.each<[what: string, plant: () => Promise<() => void> | (() => void), sees: RegExp, heals: boolean]>([
  [
    'a service that the stack file changes',
    () => {
      const before = readFileSync(at('stack.yml'), 'utf8');
      writeFileSync(at('stack.yml'), before.replace('shm_size: 128m', 'shm_size: 130m'));
      return () => writeFileSync(at('stack.yml'), before);
    },
    /^container postgres: /,
    false,
  ],
  [
    'a declared file that is gone',
    () => {
      renameSync(at('values.env'), at('values.away'));
      return () => renameSync(at('values.away'), at('values.env'));
    },
    /^file \S+values\.env: declared, and not there/,
    false,
  ],
  [
    'an Infisical that is stopped',
    () => {
      installation.docker('stop', container('infisical'));
      return () => undefined;
    },
    /^container infisical: stopped/,
    true,
  ],
  [
    'a cache that is gone',
    () => {
      installation.docker('rm', '--force', container('valkey'));
      return () => undefined;
    },
    /^container valkey: missing/,
    true,
  ],
])('%s is named, and repaired where that needs no decision', async (_, plant, sees, heals) => {
  const mend = await plant();
  const seen = expect.arrayContaining([expect.stringMatching(sees)]) as string[];
  expect((await look()).drifts).toEqual(seen);
  const after = await look('--on-drift', 'heal');
  if (heals) expect(after).toEqual(IN_STEP);
  else expect(after.drifts).toEqual(seen);
  mend();
  expect(await look()).toEqual(IN_STEP);
});

test('an identity that does not log in any more is named, and left to somebody', async () => {
  const path = join(installation.stateDir, installation.environment, 'identity.json');
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(/"clientSecret": ?"[^"]+"/, '"clientSecret":"dead"'),
  );
  const { drifts } = await look('--on-drift', 'heal');
  expect(drifts).toEqual(matching([/^identity onex-\S+: does not log in/]));
});
