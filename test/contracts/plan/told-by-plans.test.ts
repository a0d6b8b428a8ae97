import { Secret } from '../../../contracts/core/secret';
import { buildPlan } from '../../../contracts/plan/build-plan';
import type { ObservedSecret } from '../../../contracts/plan/places';
import type { SeedInput } from '../../../contracts/plan/seed-input';
import { seedTargets } from '../../../contracts/plan/seed-targets';
import { node, secrets, seedInput, server } from './fixture';

function plan(input: Partial<SeedInput>, observed: ObservedSecret[] = []) {
  const { rows, warnings } = buildPlan(seedTargets(seedInput(input)), observed, { overwrite: false });
  return { warnings, lines: rows.map(({ action, folder, key }) => `${action} ${folder}/${key}`) };
}
const reader = node('reader', { kafka: ['KAFKA_ACKS'] });
const given = { nodes: [reader], values: secrets({ KAFKA_ACKS: 'all' }) };

describe('what a plan tells beside its rows', () => {
  it('names what is kept, and how it is replaced', () => {
    expect(plan(given, server({ '/shared/kafka/KAFKA_ACKS': 'one' })).warnings).toEqual([
      "/shared/kafka/KAFKA_ACKS: the value given differs, and the server's is kept; --overwrite KAFKA_ACKS replaces it",
    ]);
  });

  it('has the server follow the password of the stack, which nothing else knows better', () => {
    const stackValues = [{ folder: 'database', key: 'POSTGRES_PASSWORD', value: new Secret('rotated') }];
    const held = server({ '/shared/database/POSTGRES_PASSWORD': 'old', '/shared/kafka/KAFKA_ACKS': 'one' });
    expect(plan({ ...given, stackValues }, held).lines).toEqual([
      'UPDATE /shared/database/POSTGRES_PASSWORD',
      'KEPT /shared/kafka/KAFKA_ACKS',
    ]);
  });

  it.each(['a${KEY}', '${dev.shared.kafka.KEY}'])('warns of a reference by its key: %s', (value) => {
    const told = expect.stringMatching(
      /^\/shared\/kafka\/KAFKA_ACKS holds a reference \(\$\{…\}\): read as written/,
    );
    const values = secrets({ KAFKA_ACKS: value });
    expect(plan({ ...given, values }).warnings).toEqual([told]);
    expect(plan({ nodes: [reader] }, server({ '/shared/kafka/KAFKA_ACKS': value })).warnings).toEqual([told]);
  });

  it.each(['$HOME', '${}', '${A B}', '$(x)', '{KEY}'])('does not take %s for one', (value) => {
    expect(plan({ ...given, values: secrets({ KAFKA_ACKS: value }) }).warnings).toEqual([]);
  });

  it('refuses values with a reference where that is declared', () => {
    const input = seedInput({ ...given, values: secrets({ KAFKA_ACKS: 'a${KEY}' }) });
    const { rows } = buildPlan(seedTargets(input), [], { overwrite: false, refuseReferences: true });
    expect(rows).toMatchObject([{ action: 'REFUSED', reason: 'the value holds a reference (${…})' }]);
  });
});
