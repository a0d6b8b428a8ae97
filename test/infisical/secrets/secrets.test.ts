import { login, type Session } from '../../../infisical/session';
import { provisionIdentities } from '../../../infisical/identity/provision';
import { ensureFolders, listSecrets, writeSecrets } from '../../../infisical/secrets/secrets';
import type { Scope } from '../../../infisical/backend';
import { Secret } from '../../../contracts/core/secret';
import type { SecretWrite } from '../../../contracts/plan/writes';
import { startInstances, type Instance } from '../instances';

jest.setTimeout(60_000);

const folders = Array.from({ length: 20 }, (_, i) => (i % 2 ? `/shared/t${i}` : `/services/s${i}/env`));
const thousand = folders.flatMap((folder) =>
  Array.from({ length: 50 }, (_, i): SecretWrite => {
    const key = `KEY_${i}`;
    return { action: 'CREATE', folder, key, value: new Secret(`${folder} ${key}`) };
  }),
);

describe.each(['current', '2024'] as const)('seeding, %s generation', (generation) => {
  let instances: Awaited<ReturnType<typeof startInstances>>;
  let instance: Instance;
  let session: Session;
  let scope: Scope;
  beforeAll(async () => {
    instances = await startInstances();
    instance = await instances.fresh({ generation });
    const { project, seeder } = await provisionIdentities(instance.wanted());
    session = await login(instance.client(), seeder);
    scope = { projectId: project.id, environment: 'dev' };
  });
  afterAll(() => instances.stop());
  beforeEach(() => void (instance.requests.length = 0));

  const write = (over: Partial<SecretWrite>): SecretWrite => ({
    action: 'CREATE',
    folder: '/',
    key: 'A',
    value: new Secret('1'),
    ...over,
  });

  it('writes 1,000 keys in 20 folders with requests that grow with the folders', async () => {
    const started = performance.now();
    expect(await listSecrets(session, scope)).toEqual([]);
    expect(await ensureFolders(session, scope, folders)).toHaveLength(20);
    const folderRequests = instance.requests.length;
    const lines: string[] = [];
    await writeSecrets(session, scope, thousand, { onProgress: (line) => lines.push(line) });
    const total = instance.requests.length;
    const milliseconds = Math.round(performance.now() - started);
    console.info(`${generation}: 1,000 keys in 20 folders: ${total} requests, ${milliseconds} ms`);
    expect(total - folderRequests).toBe(generation === 'current' ? 1 : 20);
    expect(total).toBeLessThanOrEqual(60);
    expect(lines.at(-1)).toBe('1000 of 1000 secrets');

    instance.requests.length = 0;
    const listed = await listSecrets(session, scope);
    expect(instance.requests).toHaveLength(1);
    const text = ({ folder, key, value }: Pick<SecretWrite, 'folder' | 'key' | 'value'>) =>
      `${folder} ${key} ${value.reveal()}`;
    expect(listed.map(text).sort()).toEqual(thousand.map(text).sort());
  });

  it('makes no folder twice', async () => {
    expect(await ensureFolders(session, scope, ['/twice', '/twice/deep', '/twice'])).toEqual([
      '/twice',
      '/twice/deep',
    ]);
    expect(await ensureFolders(session, scope, ['/twice', '/twice/deep'])).toEqual([]);
    expect(instance.requests.filter((line) => line.startsWith('POST'))).toHaveLength(1);
    expect(await instance.query(`SELECT id FROM folders WHERE name = 'twice'`)).toHaveLength(1);
  });

  it('updates with a new version, and takes the last of two writes to one key', async () => {
    await writeSecrets(session, scope, [write({ key: 'U' })]);
    const updates = ['2', '3'].map((value) =>
      write({ action: 'UPDATE', key: 'U', value: new Secret(value) }),
    );
    await writeSecrets(session, scope, updates);
    const [stored] = (await listSecrets(session, scope)).filter(({ key }) => key === 'U');
    expect(stored).toMatchObject({ folder: '/', version: 2 });
    expect(stored?.value.reveal()).toBe('3');
  });

  it('finds nothing in folders and environments that do not exist', async () => {
    expect(await listSecrets(session, scope, '/nowhere')).toEqual([]);
    expect(await listSecrets(session, { ...scope, environment: 'nowhere' })).toEqual([]);
    await expect(listSecrets(session, { ...scope, projectId: 'nonsense' })).rejects.toThrow();
  });

  it('neither expands references nor repeats a write whose answer was lost', async () => {
    await writeSecrets(session, scope, [
      write({ key: 'REF', value: new Secret('${A}') }),
      write({ key: 'A' }),
    ]);
    instance.proxy.once({ kind: 'reset after commit' }, generation === 'current' ? 'PATCH' : 'POST', /batch/);
    const lost = [write({ key: 'LOST' })];
    instance.requests.length = 0;
    await expect(writeSecrets(session, scope, lost)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(instance.requests).toHaveLength(1);
    const listed = await listSecrets(session, scope);
    expect(listed.filter(({ key }) => key === 'LOST')).toHaveLength(1);
    expect(listed.find(({ key }) => key === 'REF')?.value.reveal()).toBe('${A}');
  });

  it('refuses what the server could not take, before it is sent', async () => {
    const huge = write({ key: 'HUGE', value: new Secret('x'.repeat(1024 * 1024)) });
    await expect(writeSecrets(session, scope, [huge])).rejects.toThrow(/value of HUGE in \/ is too large/);
    await expect(ensureFolders(session, scope, ['/a b'])).rejects.toThrow(/"\/a b" cannot be made/);
    expect(instance.requests).toEqual([]);
  });

  it('logs in again when its token was revoked', async () => {
    await instance.query('UPDATE access_tokens SET "isAccessTokenRevoked" = true');
    await expect(listSecrets(session, scope)).resolves.toBeDefined();
  });
});
