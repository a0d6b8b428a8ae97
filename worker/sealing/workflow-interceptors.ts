import { ContinueAsNew, isCancellation, type WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { sealError } from './sealed-text';
import { workflowHadSecret } from './workflow-secrets';

/** Seals what a workflow that had a Secret throws before the SDK logs it; the failure converter is too late for that. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (thrown) {
          if (!workflowHadSecret() || thrown instanceof ContinueAsNew || isCancellation(thrown)) throw thrown;
          const error = thrown instanceof Error ? thrown : new Error(String(thrown));
          sealError(error);
          throw error;
        }
      },
    },
  ],
});
