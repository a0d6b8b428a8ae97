import fc from 'fast-check';
import { Secret } from '../../../contracts/core/secret';
import { buildPlan } from '../../../contracts/plan/build-plan';
import type { ObservedSecret } from '../../../contracts/plan/places';
import { planCounts, type SeedPlan } from '../../../contracts/plan/plan-row';
import { remainingWrites, type SecretWrite } from '../../../contracts/plan/writes';
import { seedTargets, type SeedTargets } from '../../../contracts/plan/seed-targets';
import { node, overlayOf, registryOf, secrets, seedInput } from './fixture';

const keys = ['A', 'B', 'C', 'BOOT', 'OWN', 'GROUP', 'a/b'];
const registry = registryOf(
  'shared: {/shared/auth: [A, OWN, BOOT]}\nbootstrap_only: [BOOT]\nidentity_defaults: [OWN]\nservice_override_required: [GROUP]\nservices: {s: {auth: [C]}}',
);
const value = fc.constantFrom('x', 'y', '', '  ', ' pad', 'line\n', 'lines\n\n', 'n\0l', '${A}');
const values = fc.dictionary(fc.constantFrom(...keys), value, { noNullPrototype: true });
const nodes = fc.array(
  fc
    .tuple(
      fc.nat(5),
      fc.subarray(keys.map((key, at) => (at % 2 ? `${key}?` : key))),
      fc.subarray(keys),
      fc.constantFrom('s', 't', undefined),
    )
    .map(([name, runtime, kafka, service]) => node(`n${name}`, { runtime, kafka }, service)),
  { maxLength: 5 },
);
const folders = ['/shared/env', '/shared/kafka', '/shared/auth', '/services/s/env', '/machine-class/m'];
const held = fc.uniqueArray(
  fc.record({
    folder: fc.constantFrom(...folders),
    key: fc.constantFrom(...keys),
    version: fc.integer({ min: 1, max: 9 }),
    value: value.map((text) => new Secret(stored(text))),
  }),
  { selector: ({ folder, key }) => `${folder}/${key}` },
);

/** What a server makes of a value. */
const stored = (text: string) => (text.at(-1) === '\n' ? `${text.trim()}\n` : text.trim());

function apply(observed: readonly ObservedSecret[], writes: readonly SecretWrite[]): ObservedSecret[] {
  const after = [...observed];
  for (const { folder, key, value: written } of writes) {
    const at = after.findIndex((secret) => secret.folder === folder && secret.key === key);
    const version = at < 0 ? 1 : after[at]!.version + 1;
    after.splice(at < 0 ? after.length : at, 1, {
      folder,
      key,
      version,
      value: new Secret(stored(written.reveal())),
    });
  }
  return after;
}

const situation = fc.record({ nodes, values, own: values, overrides: values, held, overwrite: fc.boolean() });

function planned(drawn: typeof situation extends fc.Arbitrary<infer T> ? T : never) {
  const seed = seedTargets(
    seedInput({
      nodes: drawn.nodes,
      registry,
      values: secrets(drawn.values),
      serviceValues: new Map([['s', secrets(drawn.own)]]),
      overlay: overlayOf('m', drawn.overrides),
      stackValues: [{ folder: 'database', key: 'POSTGRES_PASSWORD', value: new Secret('generated') }],
    }),
  );
  return (observed: readonly ObservedSecret[]) => ({ ...seed, ...buildPlan(seed, observed, drawn) });
}

function writesOf(
  { rows, targets }: Pick<SeedPlan & SeedTargets, 'rows' | 'targets'>,
  observed: ObservedSecret[],
) {
  const left = remainingWrites(rows, targets, observed);
  return left.kind === 'writes' ? left.writes : [];
}

describe('a plan and its application', () => {
  it('leaves nothing to write: planning again gives no CREATE and no UPDATE, and misses nothing new', () => {
    fc.assert(
      fc.property(situation, (drawn) => {
        const plan = planned(drawn);
        const first = plan(drawn.held);
        const after = apply(drawn.held, writesOf(first, drawn.held));
        const again = plan(after);
        expect(planCounts(again.rows)).toMatchObject({ CREATE: 0, UPDATE: 0 });
        const missing = ({ rows }: typeof first) => rows.filter(({ action }) => action === 'MISSING');
        expect(missing(again)).toEqual(missing(first));
      }),
      { numRuns: 500 },
    );
  });

  it('goes on after a crash: any part of the writes done leaves exactly the others', () => {
    fc.assert(
      fc.property(situation, fc.infiniteStream(fc.boolean()), (drawn, coin) => {
        const { rows, targets } = planned(drawn)(drawn.held);
        const done: SecretWrite[] = [];
        const open: SecretWrite[] = [];
        for (const write of writesOf({ rows, targets }, drawn.held))
          (coin.next().value ? done : open).push(write);
        expect(remainingWrites(rows, targets, apply(drawn.held, done))).toEqual({
          kind: 'writes',
          writes: open,
          done: done.length,
        });
      }),
      { numRuns: 300 },
    );
  });

  it('has one row a place, sorted, never a bootstrap_only key that is written, and no value', () => {
    fc.assert(
      fc.property(situation, (drawn) => {
        const { rows, targets } = planned(drawn)(drawn.held);
        const places = rows.map(({ folder, key }) => `${folder} ${key}`);
        expect(new Set(places).size).toBe(places.length);
        expect(places).toEqual([...places].sort());
        const written = writesOf({ rows, targets }, drawn.held).map(({ folder, key }) => `${folder}/${key}`);
        expect(written.filter((place) => /BOOT|^\/(shared|machine-class)\/.*OWN|a\/b/.test(place))).toEqual(
          [],
        );
        expect(JSON.stringify(rows)).not.toMatch(/generated|\$\{A\}/);
      }),
      { numRuns: 300 },
    );
  });
});
