import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FailureType } from '../../contracts/core/failures';
import type { RunRef } from '../../contracts/run/run-ref';
import { declaredIn, hostIn } from '../support/declared';
import { temporaryFolder } from './files/temporary-folder';

const STACK = `
name: onex-\${ONEX_ENVIRONMENT}
services:
  postgres: { image: "postgres:\${PG_VERSION:-16}", secrets: [postgres_password] }
secrets: { postgres_password: { file: ./p, x-onex: { generate: hex-32, from: POSTGRES_PASSWORD } } }
`;
const CONTRACT = 'name: n1\ndependencies:\n  - type: environment\n    env_var: A_KEY\n';

/** A folder with a stack file and a contract of its own. */
async function project() {
  const folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  mkdirSync(at('contracts'));
  writeFileSync(at('stack.yml'), STACK);
  writeFileSync(at('contracts/contract.yaml'), CONTRACT);
  return { ...folder, at, options: { stackFile: at('stack.yml'), contracts: [at('contracts')] } };
}
const ref = (declaration: string, over: Partial<RunRef> = {}): RunRef => ({
  environment: 'dev',
  declaration,
  dryRun: false,
  overwrite: false,
  ...over,
});

describe('a declaration', () => {
  it('does the right thing with nothing given: the example', async () => {
    await using folder = await temporaryFolder();
    const { environment } = await declaredIn(folder.path, {});
    expect(environment.declaration).toMatchObject({
      environment: 'dev',
      infrastructure: { kind: 'stack', file: expect.stringMatching(/docker-compose\.yml$/) },
      contracts: [expect.stringMatching(/examples\/onex\/contracts$/)],
      values: [{}, { service: 'billing' }],
    });
  });

  it('is for its owner only, and holds no value', async () => {
    await using folder = await temporaryFolder();
    await declaredIn(folder.path, {}, { variables: { POSTGRES_PASSWORD: 'a password' } });
    const dir = join(folder.path, 'dev');
    const text = readFileSync(join(dir, 'declaration.json'), 'utf8');
    expect(text).toContain('POSTGRES_PASSWORD');
    expect(text).not.toContain('a password');
    for (const name of ['declaration.json', ...secretFiles(dir)])
      expect([name, statSync(join(dir, name)).mode & 0o077]).toEqual([name, 0]);
  });

  it('keeps what was given until something else is: flags win over variables, and those over what was before', async () => {
    const { path, at, options } = await project();
    const { host } = await declaredIn(path, options, { variables: { ONEX_SERVICE: 'first' } });
    expect((await host.declare({ environment: 'dev', flags: {} })).changes).toEqual([]);
    const { changes, declaration } = await hostIn(path).declare({
      environment: 'dev',
      flags: { service: 'second' },
    });
    expect(declaration).toMatchObject({ service: 'second', contracts: [at('contracts')] });
    expect(changes).toEqual(['service: first → second']);
    rmSync(path, { recursive: true });
  });

  it('says what changes in words, variables by name only, and starts anew where asked to', async () => {
    const { path, options } = await project();
    await declaredIn(path, options, { variables: { PG_VERSION: '16' } });
    const { host } = await declaredIn(path, {}, { variables: { PG_VERSION: '17', A_KEY: 'secret value' } });
    const reset = await host.declare({
      environment: 'dev',
      flags: { nodesDir: join(path, 'nodes') },
      reset: true,
    });
    expect(reset.changes).toEqual([
      expect.stringMatching(/^infrastructure: stack .*stack\.yml → stack .*docker-compose\.yml$/),
      expect.stringMatching(/^contracts: .*contracts → .*examples\/onex\/contracts$/),
      expect.stringMatching(/^values: none → .*billing\.env billing$/),
      'variable A_KEY no longer given',
      'variable HOME given',
      'variable PG_VERSION no longer given',
    ]);
    rmSync(path, { recursive: true });
  });

  it('takes only the variables that its own files name', async () => {
    const { path, options } = await project();
    const variables = {
      PG_VERSION: '17',
      POSTGRES_PASSWORD: 'p',
      A_KEY: 'a',
      OTHER: 'o',
      AWS_SECRET_KEY: 's',
    };
    const { environment } = await declaredIn(path, options, { variables });
    expect([...environment.variables.keys()]).toEqual(['A_KEY', 'PG_VERSION', 'POSTGRES_PASSWORD']);
    rmSync(path, { recursive: true });
  });

  it('an Infisical that somebody else runs takes the place of the stack, and the other way round', async () => {
    const { path, options } = await project();
    await declaredIn(path, options);
    const { host, environment } = await declaredIn(path, { infisical: 'https://s.example/' });
    expect(environment.external).toBe('https://s.example');
    await expect(environment.stack()).rejects.toMatchObject({ type: FailureType.badInput });
    await host.declare({ environment: 'dev', flags: { stackFile: options.stackFile } });
    expect((await host.newest('dev')).external).toBeUndefined();
    rmSync(path, { recursive: true });
  });

  it('of a kill between its two files is the old one, whole', async () => {
    const { path, options } = await project();
    const { host } = await declaredIn(path, options, { variables: { PG_VERSION: '16' } });
    const dir = join(path, 'dev');
    const old = readFileSync(join(dir, 'declaration.json'));
    const kept = secretFiles(dir).map((name) => [name, readFileSync(join(dir, name))] as const);
    await declaredIn(path, {}, { variables: { PG_VERSION: '17' } });
    for (const [name, bytes] of kept) writeFileSync(join(dir, name), bytes); // the old values were still there
    writeFileSync(join(dir, 'declaration.json'), old);
    expect((await host.newest('dev')).variables.get('PG_VERSION')?.reveal()).toBe('16');
    rmSync(path, { recursive: true });
  });

  it('whose values are gone or others is refused with what to do', async () => {
    await using folder = await temporaryFolder();
    const { host } = await declaredIn(folder.path, {}, { variables: { POSTGRES_PASSWORD: 'p' } });
    const dir = join(folder.path, 'dev');
    for (const name of secretFiles(dir)) rmSync(join(dir, name));
    await expect(host.newest('dev')).rejects.toMatchObject({
      type: FailureType.refused,
      message: expect.stringMatching(/POSTGRES_PASSWORD.*onex-bootstrap declare --environment dev/),
    });
  });

  it('keeps the last five trials, and the values that one of them or the declaration names', async () => {
    await using folder = await temporaryFolder();
    const declared = await declaredIn(folder.path, {}, { variables: { INFISICAL_ADDR: 'http://declared' } });
    const { stateDir } = declared.environment;
    const tried: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) {
      const host = hostIn(folder.path, { INFISICAL_ADDR: `http://${name}` });
      tried.push((await host.declare({ environment: 'dev', flags: {}, trial: true })).digest);
    }
    const kept = readdirSync(join(stateDir, 'trials')).map((name) => name.replace('.json', ''));
    expect(kept.sort()).toEqual(tried.slice(-5).sort());
    expect(secretFiles(stateDir).length).toBe(6);

    writeFileSync(join(stateDir, 'secrets', 'variables-0123456789abcdef.json'), '{}'); // as a kill may leave it
    await declared.host.declare({ environment: 'dev', flags: {} });
    expect(secretFiles(stateDir).length).toBe(6);
  });

  it('finds the registry and the overlay beside the contracts, and says where it looked', async () => {
    const { path, at, options } = await project();
    await expect(declaredIn(path, { ...options, machineClass: 'mac' })).rejects.toThrow(/overlays\/mac.yaml/);
    mkdirSync(at('overlays'));
    writeFileSync(at('overlays/mac.yaml'), '');
    writeFileSync(at('shared_key_registry.yaml'), '');
    const { environment } = await declaredIn(path, { ...options, machineClass: 'mac' });
    expect(environment.declaration).toMatchObject({
      registry: at('shared_key_registry.yaml'),
      overlay: at('overlays/mac.yaml'),
    });
    rmSync(path, { recursive: true });
  });
});

describe('an activity opens', () => {
  it('the declaration of its run, and refuses it where the environment was declared anew', async () => {
    await using folder = await temporaryFolder();
    const { host, environment } = await declaredIn(folder.path, {});
    expect((await host.open(ref(environment.digest))).environment).toBe('dev');
    await declaredIn(folder.path, { service: 'another' });
    await expect(host.open(ref(environment.digest))).rejects.toMatchObject({
      type: FailureType.declarationChanged,
    });
  });

  it('a trial for dry runs only; it is not in force', async () => {
    await using folder = await temporaryFolder();
    const { host } = await declaredIn(folder.path, {});
    const trial = await host.declare({ environment: 'dev', flags: { service: 'tried' }, trial: true });
    expect((await host.open(ref(trial.digest, { dryRun: true }))).declaration.service).toBe('tried');
    await expect(host.open(ref(trial.digest))).rejects.toMatchObject({
      type: FailureType.declarationChanged,
    });
    expect((await host.newest('dev')).declaration.service).toBe('onex');
  });

  it.each([
    ['a path in place of a name', { environment: '../../etc' }],
    ['a field that no run has', { stackFile: '/etc/passwd' }],
    ['no digest', { declaration: 'newest' }],
  ])('nothing for a reference that was forged with %s', async (_what, forged) => {
    await using folder = await temporaryFolder();
    const { host, environment } = await declaredIn(folder.path, {});
    const before = readdirSync(folder.path);
    await expect(host.open({ ...ref(environment.digest), ...forged })).rejects.toMatchObject({
      type: FailureType.badInput,
    });
    expect(readdirSync(folder.path)).toEqual(before);
  });
});

describe('the environment that is meant', () => {
  it('is the only one, or the named one; else the choices are named', async () => {
    await using folder = await temporaryFolder();
    const host = hostIn(folder.path);
    await expect(host.choose(undefined)).rejects.toThrow(/No environment is declared .*onex-bootstrap up/);
    await declaredIn(folder.path, {}, { name: 'dev' });
    expect(await host.choose(undefined)).toBe('dev');
    await declaredIn(folder.path, {}, { name: 'staging' });
    await expect(host.choose(undefined)).rejects.toThrow(/name one of dev, staging/);
    expect(await host.choose('staging')).toBe('staging');
    await expect(host.choose('prod')).rejects.toThrow(
      /prod was never declared .*those that are: dev, staging/,
    );
  });

  it('has a queue of its own that no other installation shares', async () => {
    await using one = await temporaryFolder();
    await using other = await temporaryFolder();
    const queues = await Promise.all([one, other].map(({ path }) => hostIn(path).queueOf('dev')));
    expect(new Set(queues).size).toBe(2);
    expect(await hostIn(one.path).queueOf('dev')).toBe(queues[0]);
    expect(queues[0]).toMatch(/^onex-bootstrap\/dev@test-host-[0-9a-f]{6}$/);
  });
});

const secretFiles = (dir: string) =>
  readdirSync(join(dir, 'secrets'))
    .filter((name) => name.startsWith('variables-'))
    .map((name) => join('secrets', name));
