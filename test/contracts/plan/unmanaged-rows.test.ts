import { buildPlan } from '../../../contracts/plan/build-plan';
import { seedTargets } from '../../../contracts/plan/seed-targets';
import { node, registryOf, secrets, seedInput, server } from './fixture';

describe('unmanagedRows', () => {
  it('shows what is in its folders and nobody asks for, and leaves the folders of others alone', () => {
    const held = server({
      '/shared/kafka/KAFKA_ACKS': 'all',
      '/shared/kafka/KAFKA_RETIRED': ['x', 4],
      '/shared/kafka/KAFKA_BOOTSTRAP_SERVERS': 'stale',
      '/theirs/KEY': 'x',
    });
    const targets = seedTargets(
      seedInput({
        nodes: [node('reader', { kafka: ['KAFKA_ACKS'] })],
        values: secrets({ KAFKA_ACKS: 'all' }),
        registry: registryOf('shared: {}\nbootstrap_only: [KAFKA_BOOTSTRAP_SERVERS]'),
      }),
    );
    const { rows } = buildPlan(targets, held, { overwrite: true });
    expect(rows.map(({ action, folder, key }) => `${action} ${folder}/${key}`)).toEqual([
      'UNCHANGED /shared/kafka/KAFKA_ACKS',
      'UNMANAGED /shared/kafka/KAFKA_BOOTSTRAP_SERVERS',
      'UNMANAGED /shared/kafka/KAFKA_RETIRED',
    ]);
    expect(rows[2]).toMatchObject({ version: 4, owners: [], required: false });
  });
});
