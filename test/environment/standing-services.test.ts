import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { standingServices } from '../../environment/services';
import type { Stack } from '../../stack/compose/stack';
import { describeWithEngine, engine, TestStack } from '../stack/engine/real-engine';

jest.setTimeout(180_000);

describeWithEngine('a look at a stack in which there may be nothing to do', () => {
  const test = new TestStack();
  let stack: Stack;
  beforeAll(async () => {
    stack = (await test.prepare()).parse();
  });
  afterAll(() => test.remove(stack));

  const look = (over: { stack?: Stack; imageId?: string } = {}) =>
    standingServices({
      environment: test.environment,
      stateDir: test.stateDir,
      stack: () => Promise.resolve(over.stack ?? stack),
      engine: () => engine,
      images: async () => {
        const images = await test.localImages(stack, ['postgres', 'valkey', 'infisical', 'greeter']);
        if (over.imageId !== undefined) images['valkey'] = { ...images['valkey']!, id: over.imageId };
        return images;
      },
    });
  const changed = (change: (stack: Stack) => void) => {
    const other = structuredClone(stack);
    change(other);
    return other;
  };

  it('finds nothing standing before anything was made', async () => {
    expect(await look()).toBeUndefined();
  });

  it('tells every service outside of profiles once all of them run as declared and answer', async () => {
    await test.up(stack, ['postgres', 'valkey', 'infisical']);
    const port = test.variables['INFISICAL_EXTERNAL_PORT'];
    expect(await look()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'postgres', kind: 'local', action: 'kept' }),
        expect.objectContaining({ name: 'valkey', action: 'kept' }),
        expect.objectContaining({ name: 'infisical', action: 'kept', address: `http://127.0.0.1:${port}` }),
      ]),
    );
  });

  it.each([
    ['another image of the same name', { imageId: `sha256:${'0'.repeat(64)}` }],
    ['another configuration', { label: 'changed' }],
    ['an image whose registry is to be asked each time', { pullPolicy: 'always' as const }],
  ])('leaves %s to the steps', async (_what, { imageId, label, pullPolicy }: Difference) => {
    const other = changed(({ services: { valkey } }) => {
      if (label !== undefined) valkey!.labels[label] = 'yes';
      if (pullPolicy !== undefined) valkey!.pullPolicy = pullPolicy;
    });
    expect(await look({ stack: other, ...(imageId !== undefined && { imageId }) })).toBeUndefined();
  });

  it('leaves a network, and a volume, that only a service of a profile has and nobody made yet, to the steps', async () => {
    const [network] = Object.values(stack.networks);
    const [volume] = Object.values(stack.volumes);
    const engineName = `${stack.name}_later`;
    const withNetwork = changed(({ networks }) => (networks['later'] = { ...network!, engineName }));
    expect(await look({ stack: withNetwork })).toBeUndefined();
    const withVolume = changed(({ volumes, services: { greeter } }) => {
      volumes['later'] = { ...volume!, name: 'later', engineName };
      greeter!.mounts.push({ kind: 'volume', volume: 'later', target: '/later', readOnly: false });
    });
    expect(await look({ stack: withVolume })).toBeUndefined();
    expect(await look()).toHaveLength(3);
  });

  it('leaves what it cannot know of a service of a profile to the steps: its registry’s image, its Postgres’ volume', async () => {
    const postgres = stack.services['postgres']!;
    for (const change of [{ pullPolicy: 'always' as const }, { ready: postgres.ready! }]) {
      const other = changed(({ services: { greeter } }) => void Object.assign(greeter!, change));
      expect(await look({ stack: other })).toBeUndefined();
    }
  });

  it.each(['secrets/valkey_password', 'digest-key'])('leaves a lost %s to the steps', async (file) => {
    const path = join(test.stateDir, file);
    renameSync(path, `${path}.away`);
    expect(await look()).toBeUndefined();
    renameSync(`${path}.away`, path);
    expect(await look()).toHaveLength(3);
  });

  it('leaves another password on disk, and a service that was stopped, to the steps', async () => {
    const path = join(test.stateDir, 'secrets', 'valkey_password');
    const before = readFileSync(path);
    writeFileSync(path, 'another one');
    expect(await look()).toBeUndefined();
    writeFileSync(path, before);
    await engine.getContainer(`${stack.name}-valkey-1`).stop();
    expect(await look()).toBeUndefined();
  });
});

interface Difference {
  imageId?: string;
  label?: string;
  pullPolicy?: 'always';
}
