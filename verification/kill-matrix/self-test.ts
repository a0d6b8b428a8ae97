import type { Facts, Verdict } from '../harness/judge';
import type { KillPoint } from './kill-points';
import { runPoint } from './run-point';
import type { PlantedFault } from './side-effects/orders';
import type { Workspace } from './workspace';

/** A broken guarantee, a kill that brings it to light, and what the matrix must call it. */
interface Plant {
  fault: PlantedFault;
  point: KillPoint;
  expected: keyof Verdict;
}

const plant = (
  fault: PlantedFault,
  expected: keyof Verdict,
  phase: KillPoint['phase'],
  effect: string,
): Plant => ({
  fault,
  expected,
  point: { victim: 'worker', moment: 'after', effect: `infisical ${effect} #1`, phase },
});

export const plants: readonly Plant[] = [
  plant('no write-ahead', 'lost', 'identity', 'POST /api/v1/admin/bootstrap'),
  plant(
    'nothing revoked',
    'orphaned',
    'identity',
    'POST /api/v1/auth/universal-auth/identities/:id/client-secrets',
  ),
  plant('identity made twice', 'duplicated', 'identity', 'POST /api/v1/identities'),
  plant('values printed', 'leaked', 'seed', 'PATCH /api/v4/secrets/batch'),
];

/** Whether the matrix finds the planted fault, and under its name. */
export async function isFound(workspace: Workspace, undisturbed: Facts, plant: Plant): Promise<boolean> {
  const row = await runPoint(workspace, plant.point, undisturbed, plant.fault);
  return row.outcome === 'failed' && row[plant.expected].length > 0;
}
