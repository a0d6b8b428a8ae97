import { ensureNetworkAndVolumes, ensureNetworks } from '../../../stack/engine/network-and-volumes';
import { ensureStackSecrets } from '../../../stack/engine/ensure-stack-secrets';
import { removeStack } from '../../../stack/engine/remove-stack';
import type { Stack } from '../../../stack/compose/stack';
import { describeWithEngine, engine, TestStack } from './real-engine';

jest.setTimeout(120_000);

describeWithEngine('the networks of a stack that is brought back', () => {
  const test = new TestStack();
  let stack: Stack;
  beforeAll(async () => {
    stack = (await test.prepare()).parse();
  });
  afterAll(async () => {
    await removeStack(engine, test.owner(stack), { volumes: true });
    await test.remove(stack);
  });

  const bringBack = () => ensureNetworks(engine, stack, test);
  const named = async () => {
    const [{ engineName } = { engineName: '' }] = Object.values(stack.networks);
    const listed = await engine.listNetworks({ filters: { name: [engineName] } });
    return listed.map(({ Name, Id }) => ({ name: Name, id: Id }));
  };

  it('are not made where a volume is gone: nothing starts on an empty one unasked', async () => {
    await expect(bringBack()).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(/^Volume \S+ is not there, .*restore FILE.* onex-bootstrap up -e t/),
    });
    expect(await named()).toEqual([]);
  });

  it('are one of a name, whichever steps make them at one moment', async () => {
    const images = { postgres: { kind: 'local' }, valkey: { kind: 'local' } } as const;
    const make = () => ensureNetworkAndVolumes(engine, stack, { ...test, images });
    // a volume says of which keys it is, so those come first
    await expect(make()).rejects.toMatchObject({ type: 'NotReady' });
    await ensureStackSecrets(stack, { variables: new Map() });
    await make();
    const [first] = await named();
    await engine.getNetwork(first!.id).remove();
    await Promise.all(Array.from({ length: 6 }, bringBack));
    expect(await named()).toHaveLength(1);
    expect(await bringBack()).toEqual([{ kind: 'network', name: first!.name, action: 'kept' }]);
  });

  it('keep the one that a container uses', async () => {
    const [used] = await named();
    const [image] = await engine.listImages();
    const container = await engine.createContainer({
      Image: image!.Id,
      Entrypoint: ['sleep', '60'],
      HostConfig: { NetworkMode: used!.id },
    });
    try {
      await container.start();
      const { Labels } = (await engine.getNetwork(used!.id).inspect()) as { Labels: Record<string, string> };
      await engine.createNetwork({ Name: used!.name, Labels });
      await bringBack();
      expect(await named()).toEqual([used]);
    } finally {
      await container.remove({ force: true });
    }
  });
});
