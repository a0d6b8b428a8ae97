import { readFileSync } from 'node:fs';
import { chmod, cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { z } from 'zod';
import { environmentActivities } from '../../activities';
import { FailureType } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import type { Watched } from '../../contracts/run/drift';
import type { Environment } from '../../environment/environment';
import { saveNotified } from '../../environment/notify';
import { readIdentityState, saveIdentityState } from '../../infisical/identity/state';
import { openStore } from '../../infisical/access/access';
import { writeSecrets } from '../../infisical/secrets/secrets';
import { startDevInfisical, type DevInfisical } from '../support/dev-infisical';
import { declaredIn } from '../support/declared';
import { FaultProxy } from '../support/fault-proxy';
import { inActivity } from '../support/in-activity';

const example = join(__dirname, '..', '..', 'examples', 'onex');
const [LOGIN, ORDERS] = ['/shared/valkey/VALKEY_PASSWORD', 'node_order_store_effect'];

let infisical: DevInfisical;
let proxy: FaultProxy;
let root: string;
let environment: Environment;
let activities: ReturnType<typeof environmentActivities>;
const at = (...names: string[]) => join(root, ...names);
const ref = () => ({ environment: 'dev', declaration: environment.digest, dryRun: false, overwrite: false });

beforeAll(async () => {
  infisical = await startDevInfisical();
  proxy = await FaultProxy.start(infisical.url);
  root = await mkdtemp(join(tmpdir(), 'onex-watch-'));
  await cp(example, at('example'), { recursive: true });
  const declared = await declaredIn(root, {
    infisical: proxy.address,
    contracts: [at('example', 'contracts')],
    values: [
      { path: at('example', 'values.env') },
      { path: at('example', 'billing.env'), service: 'billing' },
    ],
  });
  environment = declared.environment;
  activities = environmentActivities(declared.host);
  await up();
}, 120_000);
afterAll(async () => {
  await proxy.stop();
  await infisical.stop();
  await rm(root, { recursive: true, force: true });
});

/** What a bootstrap ensures, without its services; `heal` is what a repair does, too. */
async function up(others?: 'keep') {
  await inActivity(async () => {
    await activities.ensureIdentities(ref());
    await activities.applySeed(ref(), (await activities.planSeed(ref())).planId);
    await activities.prefetchNodes(ref(), others);
  });
}

const looked = (...digests: string[]): Promise<Watched> =>
  inActivity(() => activities.lookAround({ ...ref(), dryRun: true }, { digests, by: 'anna@laptop' }));
const drifts = async () => (await looked()).drifts.first.map((drift) => drift.replace(/ \[\w{12}\]$/, ''));
const digestIn = ({ drifts: { first } }: Watched, name: string) =>
  /\[(\w{12})\]$/.exec(first.find((drift) => drift.includes(name)) ?? '')?.[1] ?? '';

async function seeder() {
  const store = await openStore(environment, 'seeder');
  if (store === undefined) throw new Error('no Infisical');
  return store;
}

async function give(place: string, value: string) {
  const { session, scope } = await seeder();
  const [folder, key] = [place.slice(0, place.lastIndexOf('/')), place.slice(place.lastIndexOf('/') + 1)];
  const listed = await session
    .get('/api/v4/secrets/:name', z.unknown(), {
      params: { name: key },
      query: { projectId: scope.projectId, environment: 'dev', secretPath: folder },
    })
    .then(
      () => 'UPDATE' as const,
      () => 'CREATE' as const,
    );
  await writeSecrets(session, scope, [{ action: listed, folder, key, value: new Secret(value) }], {});
}

/** As an administrator would delete it: the product's own identities may not. */
async function take(place: string) {
  const client = new Client({ connectionString: infisical.databaseUri });
  await client.connect();
  const { rowCount } = await client.query('delete from secrets where key = $1', [place.split('/').at(-1)]);
  await client.end();
  expect(rowCount).toBe(1);
}

/** Values that were there before are there again. */
const valueOf = (file: string, key: string) =>
  new RegExp(`^${key}=(.*)$`, 'm').exec(readFileSync(at('example', file), 'utf8'))?.[1] ?? '';

describe('a look', () => {
  it('finds a fresh bootstrap in step, writes nothing of it, and keeps no plan or report', async () => {
    const files = () =>
      Promise.all(['plans', 'reports'].map((dir) => readdir(join(environment.stateDir, dir))));
    const before = await files();
    expect(await looked()).toMatchObject({ outcome: 'in step', drifts: { count: 0 }, accepted: 0 });
    expect(await files()).toEqual(before);
  });

  it('finds what is missing, and a repair brings it back', async () => {
    await take(LOGIN);
    await rm(join(environment.nodesDir, 'all', `${ORDERS}.json`));
    await chmod(join(environment.nodesDir, 'all', 'node_alert_effect.json'), 0o644);
    await writeFile(join(environment.nodesDir, 'all', 'node_alert_effect.json'), '{}');
    const state = (await readIdentityState(environment.stateDir))!;
    const { seeder: lost, ...others } = state.identities;
    await saveIdentityState(environment.stateDir, {
      ...state,
      identities: { ...others, seeder: { identityId: lost!.identityId } },
    });
    const { outcome, heals, unobserved } = await looked();
    expect({ outcome, heals, unobserved: unobserved.first }).toEqual({
      outcome: 'drifted',
      heals: {
        identity: ['onex-seeder/dev'],
        secret: [LOGIN], // seen by the identity that is left
        'node file': expect.arrayContaining([ORDERS, 'node_alert_effect']),
      },
      unobserved: [],
    });
    await up('keep');
    expect(await looked()).toMatchObject({ outcome: 'in step' });
  });

  it('leaves to somebody what another value, an unmanaged key or an undeclared node shall be', async () => {
    await give('/shared/kafka/KAFKA_ACKS', '1');
    await give('/shared/kafka/RETIRED', 'old');
    await writeFile(
      join(environment.nodesDir, 'all', 'gone_node.json'),
      '{"node":"gone_node","service":"x","values":{}}',
    );
    const seen = await looked();
    expect(await drifts()).toEqual([
      'secret /shared/kafka/KAFKA_ACKS: differs from the value given',
      'secret /shared/kafka/RETIRED: unmanaged: nobody declares it',
      expect.stringMatching(/^node file \w+: stale$/),
      expect.stringMatching(/^node file \w+: stale$/),
      'node file gone_node: of a node that is not declared any more',
    ]);
    expect(Object.keys(seen.heals)).toEqual(['node file']); // the new value is what nodes shall have
    await up('keep');
    expect((await looked()).heals).toEqual({});

    const retired = digestIn(seen, 'RETIRED');
    expect(await looked(retired)).toMatchObject({ accepted: 1, drifts: { count: 2 } });
    expect(await looked()).toMatchObject({ accepted: 1 });
    await give('/shared/kafka/RETIRED', 'another');
    const changed = await looked();
    expect(changed).toMatchObject({ accepted: 0, drifts: { count: 3 } });
    await expect(looked(retired)).rejects.toMatchObject({
      type: FailureType.badInput,
      message: expect.stringContaining('it is over, or another one by now'),
    });
    expect(await looked(changed.digest)).toMatchObject({ outcome: 'in step', accepted: 3 });

    await give('/shared/kafka/KAFKA_ACKS', valueOf('values.env', 'KAFKA_ACKS'));
    await take('/shared/kafka/RETIRED');
    await rm(join(environment.nodesDir, 'all', 'gone_node.json'));
    await up();
    expect(await looked()).toMatchObject({ outcome: 'in step', accepted: 0 });
  });

  it('accepts nothing that heals', async () => {
    await rm(join(environment.nodesDir, 'all', `${ORDERS}.json`));
    await expect(looked(digestIn(await looked(), ORDERS))).rejects.toMatchObject({
      message: expect.stringContaining('needs no decision'),
    });
    await up();
  });

  it('finds an identity that does not log in, files that are gone, and a value that nobody gives any more', async () => {
    const state = (await readIdentityState(environment.stateDir))!;
    const { runtime, ...others } = state.identities;
    const dead = { ...runtime!, clientSecret: new Secret('of before') };
    await saveIdentityState(environment.stateDir, { ...state, identities: { ...others, runtime: dead } });
    await rm(at('example', 'billing.env'));
    const { drifts: found, unobserved, heals } = await looked();
    expect(found.first.map((drift) => drift.replace(/ \[.*/, ''))).toEqual([
      expect.stringMatching(/^file \S+billing\.env: declared, and not there$/),
      'identity onex-runtime/dev: does not log in',
    ]);
    expect(heals).toEqual({});
    expect(unobserved.first).toEqual([
      expect.stringMatching(/^secrets: .*billing\.env/),
      expect.stringMatching(/^node files: .*/),
    ]);
    await saveIdentityState(environment.stateDir, state);
    await cp(join(example, 'billing.env'), at('example', 'billing.env'));

    const values = readFileSync(at('example', 'values.env'), 'utf8');
    await writeFile(at('example', 'values.env'), values.replace(/^VALKEY_PASSWORD=.*$/m, ''));
    await take(LOGIN);
    const lacking = await drifts();
    expect(lacking).toContain(`secret ${LOGIN}: missing, and no value is given`);
    expect(lacking.join('\n')).toMatch(/node file \w+: lacks VALKEY_PASSWORD/);
    const kept = await readdir(join(environment.nodesDir, 'all'));
    await up('keep');
    expect(await readdir(join(environment.nodesDir, 'all'))).toEqual(kept); // a repair takes nothing away
    await writeFile(at('example', 'values.env'), values);
    await up();
    expect(await looked()).toMatchObject({ outcome: 'in step' });
  });

  it('calls nothing missing that could not be asked for', async () => {
    proxy.inject({ kind: 'reset' });
    const { outcome, drifts: found, unobserved } = await looked();
    expect({ outcome, count: found.count }).toEqual({ outcome: 'unobserved', count: 0 });
    expect(unobserved.first.map((line) => line.split(':')[0])).toEqual(
      expect.arrayContaining(['infisical', 'identities', 'secrets', 'node files']),
    );
    await proxy.clear();
    expect(await looked()).toMatchObject({ outcome: 'in step' });
  });
});

it('is to be told of a change of state, and not that all is well from the start', async () => {
  await saveNotified(environment.stateDir, new Secret('https://hooks.example.test/x'));
  expect((await looked()).tells).toBeUndefined();
  await rm(join(environment.nodesDir, 'all', `${ORDERS}.json`));
  expect((await looked()).tells).toBe(true);
});
