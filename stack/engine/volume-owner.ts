import type { ApplicationFailure } from '@temporalio/common';
import { refused } from '../../contracts/core/failures';
import { INSTALLATION_LABEL, PROJECT_LABEL, STATE_DIR_LABEL, type Installation } from './labels';

/** Why a volume is not ours to open: we did not make it, or another installation did, whose keys are elsewhere. */
export function ownerProblem(
  name: string,
  labels: Record<string, string>,
  project: string,
  installation: Installation | undefined,
): ApplicationFailure | undefined {
  if (labels[PROJECT_LABEL] !== project) {
    return refused(
      `Volume ${name} was not made by onex-bootstrap, and which image opened it is not known. Copy what you need from it, remove it and run again: docker volume rm ${name}`,
    );
  }
  const owner = labels[INSTALLATION_LABEL];
  if (installation === undefined || owner === undefined || owner === installation.tag) return undefined;
  return refused(
    `Volume ${name} belongs to another installation: its passwords and keys were made in ${labels[STATE_DIR_LABEL]}, not in ${installation.stateDir}. Use that one (ONEX_STATE_DIR), or restore it from its backup; or choose another --environment; or start over with: onex-bootstrap down --volumes (the data is lost).`,
  );
}
