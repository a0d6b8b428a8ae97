import { join } from 'node:path';
import { killPoints, type KillPoint } from '../../../verification/kill-matrix/kill-points';
import { runPoint, undisturbedRun } from '../../../verification/kill-matrix/run-point';
import { isFound, plants } from '../../../verification/kill-matrix/self-test';
import { openWorkspace, type Workspace } from '../../../verification/kill-matrix/workspace';

jest.setTimeout(600_000); // images may have to be built; seconds otherwise

const nastiest: [KillPoint['victim'], KillPoint['moment'], string][] = [
  ['worker', 'after', 'infisical POST /api/v1/auth/universal-auth/identities/:id/client-secrets #2'],
  ['engine', 'after', 'docker POST /containers/create infisical #1'],
  ['everything', 'after', 'infisical PATCH /api/v4/secrets/batch #1'],
];

const describeAsRoot = process.platform === 'linux' && process.getuid?.() === 0 ? describe : describe.skip;

describeAsRoot('the kill matrix', () => {
  let workspace: Workspace;
  let undisturbed: Awaited<ReturnType<typeof undisturbedRun>>;
  beforeAll(async () => {
    workspace = await openWorkspace(join(__dirname, '..', '..', '..'));
    undisturbed = await undisturbedRun(workspace);
  });
  afterAll(() => workspace.remove());

  it('ends in the same state after a kill at the nastiest points', async () => {
    const points = killPoints(undisturbed.passages);
    const rows = await Promise.all(
      nastiest.map(([victim, moment, effect]) => {
        const found = points.find(
          (point) => point.victim === victim && point.moment === moment && point.effect === effect,
        );
        if (found === undefined) throw new Error(`the undisturbed run has no ${moment} ${effect}`);
        return runPoint(workspace, found, undisturbed.facts);
      }),
    );
    const clean = { outcome: 'recovered', lost: [], orphaned: [], duplicated: [], leaked: [] };
    expect(rows).toEqual(rows.map((): unknown => expect.objectContaining(clean)));
  });

  it('finds guarantees that are broken on purpose', async () => {
    const chosen = plants.filter(({ fault }) => fault === 'no write-ahead' || fault === 'nothing revoked');
    const found = await Promise.all(chosen.map((plant) => isFound(workspace, undisturbed.facts, plant)));
    expect(found).toEqual([true, true]);
  });
});
