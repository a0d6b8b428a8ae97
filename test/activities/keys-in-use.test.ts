import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identityActivities } from '../../activities/identity';
import { pruneActivities } from '../../activities/prune';
import { seedActivities } from '../../activities/seed';
import { FailureType } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import type { Promotion } from '../../contracts/run/run-ref';
import type { Host } from '../../environment/host';
import { openStore } from '../../infisical/access/access';
import { listSecrets, writeSecrets } from '../../infisical/secrets/secrets';
import { startInstances } from '../infisical/instances';
import { declaredIn } from '../support/declared';
import { inActivity } from '../support/in-activity';

jest.setTimeout(90_000);

const CLAIMED = ['HTTP_BASE_URL', 'HTTP_TIMEOUT_MS'];
let instances: Awaited<ReturnType<typeof startInstances>>;
beforeAll(async () => {
  instances = await startInstances();
});
afterAll(() => instances.stop());

/** Environments of one host at an Infisical of their own, brought up as far as their identities and secrets. */
async function world(generation: 'current' | '2024', values: Record<string, Record<string, string>>) {
  const instance = await instances.fresh({ generation });
  const root = await mkdtemp(join(tmpdir(), 'onex-keys-'));
  const at = (name: string) => join(root, name);
  await writeFile(at('contract.yaml'), 'name: n1\n');
  await writeFile(
    at('registry.yaml'),
    `version: "1"\nshared:\n  /shared/http/:\n${CLAIMED.map((key) => `    - ${key}\n`).join('')}`,
  );
  let host: Host | undefined;
  for (const [name, given] of Object.entries(values)) {
    const lines = Object.entries(given).map(([key, value]) => `${key}='${value}'\n`);
    await writeFile(at(`${name}.env`), lines.join(''));
    const options = {
      infisical: instance.proxy.address,
      contracts: [at('contract.yaml')],
      registry: at('registry.yaml'),
      values: [{ path: at(`${name}.env`) }],
      nodesDir: at(`nodes-${name}`),
    };
    const variables = {
      INFISICAL_ADMIN_EMAIL: 'root@example.com',
      INFISICAL_ADMIN_PASSWORD: 'correct horse',
    };
    ({ host } = await declaredIn(root, options, { name, variables }));
    const run = await runOf(host, name);
    await inActivity(() => identityActivities(host!).ensureIdentities(run));
    const seed = seedActivities(host);
    await inActivity(async () => seed.applySeed(run, (await seed.planSeed(run)).planId));
  }
  const storeOf = async (name: string) => (await openStore(await host!.newest(name), 'seeder'))!;
  const held = async (name: string) => {
    const { session, scope } = await storeOf(name);
    const secrets = await listSecrets(session, scope);
    return Object.fromEntries(secrets.map(({ folder, key, value }) => [`${folder}/${key}`, value.reveal()]));
  };
  const plant = async (name: string, planted: Record<string, string>) => {
    const { session, scope } = await storeOf(name);
    const writes = Object.entries(planted).map(([key, value]) => ({
      action: 'CREATE' as const,
      folder: '/shared/http',
      key,
      value: new Secret(value),
    }));
    await writeSecrets(session, scope, writes);
  };
  return { host: host!, root, at, instance, held, plant, end: () => rm(root, { recursive: true }) };
}

async function runOf(host: Host, environment: string, promotion?: Promotion) {
  const { digest: declaration } = await host.newest(environment);
  return { environment, declaration, dryRun: false, overwrite: false, ...(promotion && { promotion }) };
}

describe.each(['current', '2024'] as const)('keys that nobody needs (%s generation)', (generation) => {
  it('are deleted by their plan only, are on disk before, and come back by undo', async () => {
    const { host, held, plant, root, instance, end } = await world(generation, {
      dev: { HTTP_BASE_URL: 'http://${NAMED}' },
    });
    const old = {
      OLD_ONE: 'first-old-value',
      OLD_TWO: 'second-old-value',
      NAMED: 'x',
      LINK: 'on ${OLD_ONE}',
    };
    await plant('dev', old);
    const prune = pruneActivities(host);
    const run = await runOf(host, 'dev');
    const plan = await inActivity(() => prune.planPrune(run));
    expect(plan.changes.first).toEqual(
      ['LINK', 'OLD_ONE', 'OLD_TWO'].map((key) => `delete /shared/http/${key}`),
    );
    expect(plan.referred.first).toEqual(['/shared/http/NAMED']);

    // an answer that is lost, and the next try of the same step
    instance.proxy.once({ kind: 'reset after commit' }, 'DELETE', /batch/);
    await expect(inActivity(() => prune.applyPrune(run, plan.planId))).rejects.toMatchObject({
      type: FailureType.unavailable,
    });
    expect(await inActivity(() => prune.applyPrune(run, plan.planId))).toEqual({ removed: 3 });
    expect(Object.keys(await held('dev')).sort()).toEqual([
      '/shared/http/HTTP_BASE_URL',
      '/shared/http/NAMED',
    ]);
    const [file = ''] = await readdir(join(root, 'dev', 'pruned'));
    expect(await readFile(join(root, 'dev', 'pruned', file), 'utf8')).not.toMatch(/old-value|OLD_ONE/);

    await plant('dev', { OLD_TWO: 'anew' });
    const undone = await inActivity(() => prune.restorePruned(run, plan.planId));
    expect(undone).toMatchObject({ written: 2, taken: { first: ['/shared/http/OLD_TWO'] } });
    expect(await held('dev')).toMatchObject({
      '/shared/http/OLD_ONE': 'first-old-value',
      '/shared/http/OLD_TWO': 'anew',
    });
    expect(await inActivity(() => prune.restorePruned(run, plan.planId))).toMatchObject({ written: 0 });
    await end();
  });
});

describe('prune', () => {
  it('deletes nothing where a key changed since the plan, or a contract cannot be read', async () => {
    const { host, at, held, plant, end } = await world('current', { dev: { HTTP_BASE_URL: 'http://a' } });
    await plant('dev', { OLD_ONE: '1' });
    const prune = pruneActivities(host);
    const run = await runOf(host, 'dev');
    const { planId } = await inActivity(() => prune.planPrune(run));
    await plant('dev', { OLD_ONE: '2' });
    await expect(inActivity(() => prune.applyPrune(run, planId))).rejects.toMatchObject({
      type: FailureType.planStale,
    });
    await writeFile(at('contract.yaml'), 'name: n1\ndependencies: [\n');
    const again = {
      type: FailureType.refused,
      message: expect.stringMatching(/problems, so that nobody knows/),
    };
    await expect(inActivity(() => prune.planPrune(run))).rejects.toMatchObject(again);
    expect(await held('dev')).toMatchObject({ '/shared/http/OLD_ONE': '2' });
    for (const name of ['../admin', '1-0000000000000000'])
      await expect(inActivity(() => prune.restorePruned(run, name))).rejects.toMatchObject({
        type: FailureType.badInput,
      });
    await end();
  });
});

describe('promote', () => {
  it('copies what the other environment needs and lacks, and a differing value only where it is told to', async () => {
    const { host, held, end } = await world('current', {
      dev: { HTTP_BASE_URL: 'http://dev', HTTP_TIMEOUT_MS: '10' },
      staging: { HTTP_BASE_URL: 'http://staging' },
    });
    const seed = seedActivities(host);
    const copy = async (promotion: Promotion, overwrite: boolean | string[] = false) => {
      const run = { ...(await runOf(host, 'staging', promotion)), overwrite };
      const plan = await inActivity(() => seed.planSeed(run));
      const { written } = await inActivity(() => seed.applySeed(run, plan.planId));
      return { written, kept: plan.counts.KEPT };
    };
    await expect(copy({ from: 'dev', keys: ['NOPE'] })).rejects.toMatchObject({
      type: FailureType.badInput,
      message: expect.stringMatching(/NOPE: nothing asks for it there/),
    });
    await expect(copy({ from: 'staging' })).rejects.toMatchObject({ type: FailureType.badInput });
    await expect(copy({ from: 'nobody' })).rejects.toMatchObject({ type: FailureType.badInput });
    await expect(copy({ from: 'dev', transport: 'nope' })).rejects.toMatchObject({
      type: FailureType.badInput,
    });
    expect(await copy({ from: 'dev', transport: 'kafka' })).toEqual({ written: 0, kept: 0 });
    expect(await copy({ from: 'dev' })).toEqual({ written: 1, kept: 1 });
    expect(await copy({ from: 'dev' })).toEqual({ written: 0, kept: 1 });
    expect(await held('staging')).toMatchObject({
      '/shared/http/HTTP_BASE_URL': 'http://staging',
      '/shared/http/HTTP_TIMEOUT_MS': '10',
    });
    expect(await copy({ from: 'dev', keys: ['HTTP_BASE_URL'] }, ['HTTP_BASE_URL'])).toEqual({
      written: 1,
      kept: 0,
    });
    expect(await held('staging')).toMatchObject({ '/shared/http/HTTP_BASE_URL': 'http://dev' });
    await end();
  });
});
