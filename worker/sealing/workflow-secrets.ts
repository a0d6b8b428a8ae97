import { inWorkflowContext } from '@temporalio/workflow';
import { witnessSecrets } from '../../contracts/core/secret';

let held = false;

// In Node the scopes of activities are the witness (contracts/core/secret-scope.ts).
if (inWorkflowContext()) witnessSecrets(() => void (held = true));

/** Whether the workflow whose sandbox this is has had a Secret so far, made or received. Never in Node. */
export const workflowHadSecret = (): boolean => held;
