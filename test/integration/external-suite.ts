import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InfisicalHttp } from '../../infisical/http';
import { listSecrets, writeSecrets } from '../../infisical/secrets/secrets';
import { login } from '../../infisical/session';
import { readIdentityState } from '../../infisical/identity/state';
import { Secret } from '../../contracts/core/secret';
import type { BootstrapReport } from '../../contracts/run/summaries';
import { startDevInfisical, type DevInfisical } from '../support/dev-infisical';
import { FaultProxy } from '../support/fault-proxy';
import { Installation, expectExit } from '../support/installation';

const MINUTES = 180_000; // half a minute on a free machine
const example = join(__dirname, '..', '..', 'examples', 'onex');
const environment = 'external-test'; // one on the server for all installations
const seeded = ['--values', 'values.env', '--values', `billing=${join(example, 'billing.env')}`];

/** What holds of an Infisical of either generation that something else runs. */
export function externalInfisical(generation: 'current' | '2024'): void {
  let infisical: DevInfisical;
  let owner: Installation;
  const guests: Installation[] = [];

  beforeAll(async () => {
    infisical = await startDevInfisical({ generation });
    owner = await installation();
  }, MINUTES);
  afterAll(async () => {
    const all = [owner, ...guests];
    await Promise.all(all.map((each) => each.run('down'))); // stops their Temporal servers; there are no containers
    await Promise.all(all.map((each) => each.remove()));
    await infisical.stop();
  }, MINUTES);

  async function installation(variables: Record<string, string> = {}): Promise<Installation> {
    const made = await Installation.create({ ONEX_ENVIRONMENT: environment, ...variables });
    writeFileSync(join(made.stateDir, 'values.env'), readFileSync(join(example, 'values.env')));
    return made;
  }
  async function guest(variables: Record<string, string>): Promise<Installation> {
    const made = await installation(variables);
    guests.push(made);
    return made;
  }
  const run = (on: Installation, command: 'up' | 'plan', ...more: string[]) =>
    on.run(command, join(example, 'contracts'), ...seeded, '--infisical', infisical.url, '--json', ...more);
  const report = (stdout: string) => JSON.parse(stdout) as BootstrapReport;
  const file = (on: Installation, name: string) => readFileSync(join(on.stateDir, environment, name), 'utf8');
  const trio = async (role: 'runtime' | 'seeder') => {
    const state = await readIdentityState(join(owner.stateDir, environment));
    return {
      INFISICAL_CLIENT_ID: state?.identities[role]?.clientId ?? '',
      INFISICAL_CLIENT_SECRET: state?.identities[role]?.clientSecret?.reveal() ?? '',
      INFISICAL_PROJECT_ID: state?.projectId ?? '',
    };
  };
  async function store() {
    const { INFISICAL_CLIENT_ID, INFISICAL_CLIENT_SECRET, INFISICAL_PROJECT_ID } = await trio('seeder');
    const credentials = {
      clientId: INFISICAL_CLIENT_ID,
      clientSecret: new Secret(INFISICAL_CLIENT_SECRET),
    };
    const session = await login(new InfisicalHttp(infisical.url), credentials);
    return { session, scope: { projectId: INFISICAL_PROJECT_ID, environment } };
  }
  async function versions() {
    const { session, scope } = await store();
    const secrets = await listSecrets(session, scope);
    return Object.fromEntries(secrets.map(({ folder, key, version }) => [`${folder}/${key}`, version]));
  }

  it(
    'is set up once, without any infrastructure',
    async () => {
      const first = await run(owner, 'up');
      expectExit(0, first);
      expect(report(first.stdout)).toMatchObject({ outcome: 'complete', services: [], runtime: [] });
      const second = await run(owner, 'up');
      expect(report(second.stdout)).toMatchObject({ outcome: 'complete', changes: { count: 0, first: [] } });
      expect(new Set(Object.values(await versions()))).toEqual(new Set([1]));
    },
    MINUTES,
  );

  it(
    'keeps what differs there, and replaces it when asked, and only it',
    async () => {
      const { session, scope } = await store();
      const key = { folder: '/shared/qdrant', key: 'QDRANT_API_KEY' };
      await writeSecrets(session, scope, [{ ...key, value: new Secret('drifted'), action: 'UPDATE' }]);
      const kept = await run(owner, 'up');
      expect(kept.code).toBe(0);
      expect(report(kept.stdout).seed).toMatchObject({ written: 0, counts: { KEPT: 1, UPDATE: 0 } });
      const plan = await run(owner, 'plan', '--overwrite');
      expect(JSON.parse(plan.stdout).rows.UPDATE).toEqual([`${key.folder}/${key.key}`]);
      const replaced = await run(owner, 'up', '--overwrite');
      expect(report(replaced.stdout).seed).toMatchObject({ written: 1 });
      const { [`${key.folder}/${key.key}`]: version, ...others } = await versions();
      expect(version).toBe(3);
      expect(new Set(Object.values(others))).toEqual(new Set([1]));
    },
    MINUTES,
  );

  it(
    'gives single secrets and whole environments to programs, also while it is out of reach',
    async () => {
      const proxy = await FaultProxy.start(infisical.url);
      owner.variables['ONEX_LAST_KNOWN_GOOD'] = 'true';
      const there = ['-e', environment];
      const moveTo = (address: string) => owner.run('declare', ...there, '--infisical', address, '--moved');
      const foreign = await owner.run('secrets', 'list', ...there, '--infisical', proxy.address);
      expect(foreign).toMatchObject({ code: 1, stderr: expect.stringContaining('gets none of them') });
      expectExit(0, await moveTo(proxy.address));
      const key = '/shared/kafka/KAFKA_ACKS';
      const shown = await owner.run('secrets', 'get', key, ...there);
      expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining(`${key}  [secret]  infisical`)]);
      expect((await owner.run('secrets', 'get', key, '--reveal', ...there)).stdout).toBe('all\n');
      expect((await owner.run('secrets', 'list', '--path', '/shared/kafka', ...there)).stdout).toContain(
        'KAFKA_ACKS\n',
      );
      expect((await owner.run('secrets', 'get', 'NONE', ...there)).code).toBe(1);

      const billing = ['--contracts', join(example, 'contracts'), '--service', 'billing', ...there];
      const exec = (...more: string[]) => owner.run('exec', ...billing, ...more);
      const script = 'process.stdout.write(process.env.KAFKA_ACKS); process.exit(7)';
      const print = ['--', process.execPath, '-e', script];
      expect(await exec(...print)).toMatchObject({ code: 7, stdout: 'all' });
      await proxy.refuse();
      const stale = await exec(...print);
      expect(stale).toMatchObject({
        code: 7,
        stdout: 'all',
        stderr: expect.stringContaining('last known good'),
      });
      owner.variables['ONEX_LAST_KNOWN_GOOD'] = 'false';
      expect(await exec(...print)).toMatchObject({ code: 125, stdout: '' });
      expect((await owner.run('secrets', 'get', key, ...there)).code).toBe(3);
      await proxy.stop();
      expectExit(0, await moveTo(infisical.url));
    },
    MINUTES,
  );

  it(
    'starts nothing with --require where a key is missing, and names it',
    async () => {
      const contract = join(owner.stateDir, 'contract.yaml');
      writeFileSync(
        contract,
        'name: n\nservice: billing\ndependencies: [{ type: environment, env_var: NOBODY_GAVE_IT }]\n',
      );
      const exec = ['exec', '--contracts', contract, '--service', 'billing', '--infisical', infisical.url];
      const missing = await owner.run(...exec, '--require', '--', 'touch', 'started');
      expect(missing).toMatchObject({
        code: 125,
        stderr: expect.stringMatching(/was not started: .*NOBODY_GAVE_IT/),
      });
      const misspelt = await owner.run(...exec, '-e', 'misspelt', '--', 'touch', 'started');
      expect(misspelt).toMatchObject({ code: 125, stderr: expect.stringContaining('was never declared') });
      expect(existsSync(join(owner.stateDir, 'started'))).toBe(false);
    },
    MINUTES,
  );

  it(
    'is adopted with an identity: nothing is made, and the next run needs no credentials',
    async () => {
      const before = await versions();
      const adopter = await guest(await trio('seeder'));
      const adopted = await run(adopter, 'up');
      expectExit(0, adopted);
      expect(await versions()).toEqual(before);
      expect(file(adopter, 'runtime.env')).toContain((await trio('seeder')).INFISICAL_CLIENT_ID);
      for (const name of Object.keys(await trio('seeder'))) delete adopter.variables[name];
      const again = await run(adopter, 'up');
      expectExit(0, again);
      expect(report(again.stdout).changes).toEqual({ count: 0, first: [] });
    },
    MINUTES,
  );

  it(
    'tells a reader that it may not write, by key and remedy, and lets it plan',
    async () => {
      const reader = await guest(await trio('runtime'));
      writeFileSync(join(reader.stateDir, 'values.env'), 'QDRANT_API_KEY=other\n');
      const plan = await run(reader, 'plan', '--overwrite');
      expect(JSON.parse(plan.stdout).counts).toMatchObject({ UPDATE: 1 });
      const up = await run(reader, 'up', '--overwrite');
      expect(up.code).toBe(1);
      expect(JSON.parse(up.stdout)).toMatchObject({
        message: expect.stringMatching(/may not|only read|role/i),
      });
      expect((await versions())['/shared/qdrant/QDRANT_API_KEY']).toBe(3);
    },
    MINUTES,
  );

  it(
    'is asked once with a wrong secret: the third try would lock the identity',
    async () => {
      const wrong = await guest({ ...(await trio('seeder')), INFISICAL_CLIENT_SECRET: 'wrong' });
      const up = await run(wrong, 'up');
      expect(up.code).toBe(1);
      expect(JSON.parse(up.stdout)).toMatchObject({ message: expect.stringContaining('adopting') });
      expect(Object.keys(await versions()).length).toBeGreaterThan(30); // the identity still logs in
    },
    MINUTES,
  );

  it(
    'is backed up without its database, and a drill reads what there is',
    async () => {
      const passphrase = join(owner.stateDir, 'passphrase');
      writeFileSync(passphrase, 'correct horse battery\n', { mode: 0o600 });
      const to = ['--to', join(owner.stateDir, 'kept'), '--passphrase-file', passphrase];
      const made = await owner.run('backup', '-e', environment, ...to);
      expect([made.code, made.stdout]).toEqual([0, expect.stringContaining('the state, and no database')]);
      const drilled = await owner.run('drill', '-e', environment);
      expect([drilled.code, drilled.stdout]).toEqual([0, expect.stringContaining('can be read as a whole')]);
      const health = await owner.run('doctor', '-e', environment, '--json');
      expect(health.stdout).toContain('tried ');
      expect(health.stdout).not.toContain('last drill');
    },
    MINUTES,
  );

  it(
    'belongs to somebody: says so, and goes on with its administrator',
    async () => {
      const stranger = await guest({});
      const refused = await run(stranger, 'up');
      expect(refused.code).toBe(1);
      expect(JSON.parse(refused.stdout)).toMatchObject({
        message: expect.stringContaining('INFISICAL_ADMIN_EMAIL'),
      });
      const { email, password } = JSON.parse(file(owner, 'admin.json'));
      Object.assign(stranger.variables, { INFISICAL_ADMIN_EMAIL: email, INFISICAL_ADMIN_PASSWORD: password });
      const up = await run(stranger, 'up');
      expectExit(0, up);
      expect(report(up.stdout)).toMatchObject({ outcome: 'complete', seed: { written: 0 } });
      const owners = await run(owner, 'up');
      expect(report(owners.stdout)).toMatchObject({ outcome: 'complete', changes: { count: 0, first: [] } });
    },
    MINUTES,
  );
}
