import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configHash } from '../../../stack/compose/plan-container';
import { parseStack } from '../../../stack/compose/parse-stack';
import {
  forgetUpgrade,
  keepUpgrade,
  moveVolumes,
  placed,
  readPlacement,
  refuseWhileUpgrading,
  type Upgrade,
} from '../../../environment/upgrade/placement';

const stackOf = (image: string) =>
  parseStack(
    `name: test
services:
  db:
    image: ${image}
    volumes: [data:/data]
  other: { image: other:1 }
volumes: { data: }
`,
    { file: '/stack.yml', lookup: () => undefined },
  );
const pin = (image: string) => ({ image, ref: image, id: `sha256:${image}`, kind: 'registry' as const });
const upgrade = (state: Upgrade['state']): Upgrade => ({
  state,
  services: { db: { from: pin('db:1'), to: pin('db:2') }, other: { from: pin('other:0') } },
  moves: { test_data: 'test_data-new' },
  restored: { test_data: 'test_data-back' },
});

describe('an upgrade that is not through', () => {
  it.each([
    ['begun', 'db:1', 'test_data'],
    ['moving', 'db:2', 'test_data-new'],
    ['starting', 'db:2', 'test_data-new'],
    ['putting back', 'db:1', 'test_data-back'],
  ] as const)('%s: says image and volume, whatever the file names now', (state, image, volume) => {
    const { services, volumes } = placed(stackOf('db:3'), { upgrade: upgrade(state), moved: {} });
    expect(services['db']?.image).toBe(image);
    expect(services['other']?.image).toBe('other:0'); // nobody asked for that one
    expect(volumes['data']?.engineName).toBe(volume);
  });

  it('keeps the old image once it was put back, until the file names a third one', () => {
    const imageOf = (named: string) =>
      placed(stackOf(named), { upgrade: upgrade('put back'), moved: {} }).services['db']?.image;
    expect([imageOf('db:2'), imageOf('db:1'), imageOf('db:3')]).toEqual(['db:1', 'db:1', 'db:3']);
  });

  it('has a container made anew for another volume, and none for the same', () => {
    const hash = (moved: Record<string, string>) =>
      configHash(placed(stackOf('db:1'), { upgrade: undefined, moved }).services['db']!, {
        imageId: '',
        secrets: {},
      });
    expect(hash({})).toBe(configHash(stackOf('db:1').services['db']!, { imageId: '', secrets: {} }));
    expect(new Set([hash({}), hash({ test_data: 'a' }), hash({ test_data: 'b' })]).size).toBe(3);
  });

  it('lets nothing else change the environment, and its volumes stay when it is over', async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'onex-upgrade-'));
    try {
      await refuseWhileUpgrading(stateDir, 'dev');
      await keepUpgrade(stateDir, upgrade('begun'), { state: 'moving' });
      await expect(refuseWhileUpgrading(stateDir, 'dev')).rejects.toThrow('onex-bootstrap upgrade -e dev');
      await moveVolumes(stateDir, { test_data: 'test_data-new' });
      await moveVolumes(stateDir, { test_other: 'test_other-new' });
      await forgetUpgrade(stateDir);
      await refuseWhileUpgrading(stateDir, 'dev');
      expect(await readPlacement(stateDir)).toEqual({
        upgrade: undefined,
        moved: { test_data: 'test_data-new', test_other: 'test_other-new' },
      });
    } finally {
      rmSync(stateDir, { recursive: true });
    }
  });
});
