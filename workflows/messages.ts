import { defineQuery } from '@temporalio/workflow';
import type { Progress } from './progress';

/** Where the run stands: phases, what is waited for and why, what changed. No history event. */
export const progressQuery = defineQuery<Progress>('progress');
