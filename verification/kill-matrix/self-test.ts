import type { Verdict } from './judge';
import type { KillPoint } from './kill-point';
import type { Facts } from './observe/facts';
import { runPoint } from './run-point';
import type { PlantedFault } from './side-effects/orders';
import type { Workspace } from './workspace';

/** A broken guarantee, a kill that brings it to light, and what the matrix must call it. */
export interface Plant {
  fault: PlantedFault;
  point: KillPoint;
  expected: keyof Verdict;
}

const afterWorker = (effect: string, phase: KillPoint['phase']): KillPoint => ({
  victim: 'worker',
  moment: 'after',
  effect,
  phase,
});

export const plants: readonly Plant[] = [
  {
    fault: 'no write-ahead',
    point: afterWorker('infisical POST /api/v1/admin/bootstrap #1', 'identity'),
    expected: 'lost',
  },
  {
    fault: 'nothing revoked',
    point: afterWorker(
      'infisical POST /api/v1/auth/universal-auth/identities/:id/client-secrets #1',
      'identity',
    ),
    expected: 'orphaned',
  },
  {
    fault: 'identity made twice',
    point: afterWorker('infisical POST /api/v1/identities #1', 'identity'),
    expected: 'duplicated',
  },
  {
    fault: 'values printed',
    point: afterWorker('infisical PATCH /api/v4/secrets/batch #1', 'seed'),
    expected: 'leaked',
  },
];

/** Whether the matrix finds the planted fault, and under its name. */
export async function isFound(workspace: Workspace, undisturbed: Facts, plant: Plant): Promise<boolean> {
  const row = await runPoint(workspace, plant.point, undisturbed, plant.fault);
  return row.outcome === 'failed' && row[plant.expected].length > 0;
}
