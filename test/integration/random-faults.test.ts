import { join } from 'node:path';
import { checkPlans, undisturbedRuns } from '../../verification/random-faults/check-plans';
import { describePlan, GENERATIONS } from '../../verification/random-faults/fault-plan';
import { runPlan, type Row } from '../../verification/random-faults/run-plan';
import { openWorld, type World } from '../../verification/random-faults/world';

const FIVE_MINUTES = 300_000; // half a minute on a free machine
const FIXED_SEED = 3;

describe('a bootstrap through a network with random faults', () => {
  let world: World;
  let undisturbed: Awaited<ReturnType<typeof undisturbedRuns>>;
  beforeAll(async () => {
    world = await openWorld(join(__dirname, '..', '..'));
    undisturbed = await undisturbedRuns(world, GENERATIONS);
  }, FIVE_MINUTES);
  afterAll(() => world.stop(), FIVE_MINUTES);

  it(
    'ends in the finished state or in a clean failure, by a fixed seed and by a random one',
    async () => {
      const checks = [FIXED_SEED, Math.floor(Math.random() * 1_000_000)].map(async (seed) => {
        const rows: Row[] = [];
        const found = await checkPlans(world, undisturbed, { runs: 2, seed, parallel: 1 }, (row) =>
          rows.push(row),
        );
        console.info(`seed ${seed}: ${rows.map(({ plan, outcome }) => `\n  ${plan}: ${outcome}`).join('')}`);
        expect(found.map(({ plan, what }) => `${describePlan(plan)}: ${what}`)).toEqual([]);
        expect(rows.length).toBe(2);
      });
      await Promise.all(checks);
    },
    FIVE_MINUTES,
  );

  it(
    'is told apart from one that loses, orphans and doubles something',
    async () => {
      const { current } = undisturbed;
      const {
        'identity onex-seeder/:environment': _,
        'identity onex-runtime/:environment': one = 0,
        ...others
      } = current!.facts;
      const facts = { ...others, 'identity onex-runtime/:environment': one + 1, 'user nobody@onex.local': 1 };
      const plan = { generation: 'current' as const, faults: [] };
      expect(await runPlan(world, plan, { ...current!, facts })).toMatchObject({
        outcome: 'broken',
        lost: ['identity onex-runtime/:environment', 'user nobody@onex.local'],
        orphaned: ['identity onex-seeder/:environment'],
        duplicated: [],
        leaked: [],
      });
    },
    FIVE_MINUTES,
  );
});
