import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkVolume } from '../../../stack/engine/check-engine';
import { ensureNetworkAndVolumes } from '../../../stack/engine/network-and-volumes';
import { removeStack } from '../../../stack/engine/remove-stack';
import { localImageFor } from '../../../stack/images/local-image';
import { localImageTag } from '../../../stack/images/ensure-local-images';
import { describeWithEngine, engine, packageDir, TestStack } from '../engine/real-engine';

jest.setTimeout(180_000);

describe('localImageFor', () => {
  it.each([
    ['postgres:16-alpine', 'postgres'],
    ['docker.io/library/postgres:16-alpine', 'postgres'],
    ['valkey/valkey:8.0-alpine@sha256:00', 'valkey'],
    ['node', 'node'],
    ['infisical/infisical:v0.165.16', 'infisical'],
    ['localhost:5000/postgres:16', undefined],
    ['redis:7', 'valkey'],
    ['bitnami/redis:7', undefined],
  ])('%s: %s', (reference, name) => expect(localImageFor(reference)?.name).toBe(name));
});

describe('localImageTag', () => {
  it('changes with what the image is made of, and only then', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'onex-tag-'));
    const devInfisicalBundle = join(dir, 'server.js');
    const sources = { packageDir, devInfisicalBundle };
    const tags = () =>
      Promise.all(
        ['infisical/infisical:x', 'postgres:x'].map((name) => localImageTag(localImageFor(name)!, sources)),
      );
    await expect(tags()).rejects.toMatchObject({ type: 'MissingPrerequisite' });
    writeFileSync(devInfisicalBundle, 'one');
    const [infisical, postgres] = await tags();
    expect(await tags()).toEqual([infisical, postgres]);
    writeFileSync(devInfisicalBundle, 'two');
    const [changed, same] = await tags();
    expect(changed).not.toBe(infisical);
    expect(same).toBe(postgres);
    rmSync(dir, { recursive: true });
  });
});

describeWithEngine('resolveImages', () => {
  const test = new TestStack();
  const where = { environment: test.environment, stateDir: test.stateDir };
  const text = (image: string) => `
name: onex-${test.environment}
services:
  db: { image: '${image}', volumes: [data:/var/lib/postgresql/data] }
volumes: { data: }
`;
  beforeAll(() => test.prepare());
  afterAll(() => test.remove(test.parse(text('postgres:16-alpine'))));

  it('never opens data of one kind with the other', async () => {
    const stack = test.parse(text('postgres:16-alpine'));
    const volume = (kind: 'registry' | 'local') =>
      ensureNetworkAndVolumes(engine, stack, { ...where, images: { db: { kind } } });
    await volume('local');
    expect(await test.images(stack, ['db'])).toMatchObject({ db: { kind: 'local' } });
    await expect(volume('registry')).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringContaining(
        'was opened first by a local image, and a registry one must never open it',
      ),
    });
    await removeStack(engine, test.owner(stack), { volumes: true });
    // data of a production image that cannot be had
    const production = test.parse(text('postgres:0-never-published'));
    await volume('registry');
    await expect(test.images(production, ['db'])).rejects.toMatchObject({
      type: expect.stringMatching(/Refused|BadInput/),
    });
  });

  it('asks no registry for what keeps no data, where the data is of local images', async () => {
    const app = `${text('postgres:16-alpine').replace('volumes: { data: }', '')}  app: { image: 'node:20-alpine' }
volumes: { data: }
`;
    const stack = test.parse(app);
    await removeStack(engine, test.owner(stack), { volumes: true });
    await test.localImages(stack, ['app']);
    await ensureNetworkAndVolumes(engine, stack, { ...where, images: { db: { kind: 'local' } } });
    const pulled = jest.spyOn(engine, 'pull').mockRejectedValue(new Error('a registry was asked'));
    try {
      expect(await test.images(stack, ['app'])).toMatchObject({ app: { kind: 'local' } });
    } finally {
      pulled.mockRestore();
      await removeStack(engine, test.owner(stack), { volumes: true });
    }
  });

  it('names an image that is nowhere', async () => {
    const nowhere = test.parse(text('registry.invalid/team/app:1'));
    await removeStack(engine, test.owner(nowhere), { volumes: true });
    await expect(test.images(nowhere, ['db'])).rejects.toMatchObject({
      type: 'MissingPrerequisite',
      message: expect.stringMatching(
        /^Image registry\.invalid\/team\/app:1 is not here, and no registry answers \(/,
      ),
    });
  });

  it('takes no volume that somebody else made', async () => {
    const stack = test.parse(text('postgres:16-alpine'));
    const volume = engine.getVolume(`${stack.name}_data`);
    const images = { db: { kind: 'local' as const } };
    const isRefused = () =>
      expect(ensureNetworkAndVolumes(engine, stack, { ...where, images })).rejects.toMatchObject({
        type: 'Refused',
        message: expect.stringContaining('docker volume rm'),
      });
    await engine.createVolume({ Name: volume.name, Labels: { theirs: 'yes' } });
    await isRefused();
    await volume.remove();
    await engine.createVolume({ Name: volume.name });
    writeFileSync(join((await volume.inspect()).Mountpoint, 'PG_VERSION'), '17');
    await isRefused();
    await volume.remove();
  });

  it('makes a volume anew of which an engine that was killed kept nothing but the folder', async () => {
    const stack = test.parse(text('postgres:16-alpine'));
    const volume = engine.getVolume(`${stack.name}_data`);
    await engine.createVolume({ Name: volume.name });
    const { environment, stateDir } = test;
    const check = { environment, stateDir, variables: new Map(), note: () => undefined };
    expect(await checkVolume(engine, stack, stack.volumes['data']!, check)).toEqual([]);
    const images = { db: { kind: 'local' as const } };
    expect(await ensureNetworkAndVolumes(engine, stack, { ...where, images })).toContainEqual({
      kind: 'volume',
      name: volume.name,
      action: 'created',
    });
    expect(Object.keys((await volume.inspect()).Labels)).toContain('onex.project');
    await volume.remove();
  });
});
