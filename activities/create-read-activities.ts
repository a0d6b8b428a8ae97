import { Context } from '@temporalio/activity';
import { existsSync } from 'node:fs';
import { missingPrerequisite, readFailed } from '../contracts/core/failures';
import { RuntimeHostError } from '../contracts/reads/read-error';
import type { Operation } from '../contracts/reads/read-request';
import type { ReadActivities } from '../contracts/reads/read-result';
import { resolveSettings } from '../contracts/settings/resolve-settings';
import type { ActivityDependencies } from './dependencies';
import { CurrentHandler } from '../reads/read-place';
import type { HandlerInfisical } from '../reads/handler-infisical';
import type { ReadCaller } from '../reads/read-audit';

/** The handler's operations for workflows. Those that return values refuse to run where nothing would seal them. */
export function createReadActivities(dependencies: ActivityDependencies): ReadActivities {
  const { config, audit, meter, logger, codec } = dependencies;
  const settings = resolveSettings({}, config, { nodesDir: '', searchAttributes: false, exists: existsSync });
  const onProblem = (message: string) => logger.warn(message);
  const { infrastructure } = settings;
  const external = infrastructure.kind === 'external' ? { external: infrastructure.address } : {};
  const { reads, variables } = config;
  const place = { ...settings, ...external, reads, variables };
  const handlers = new CurrentHandler(place, { audit, meter, onProblem });

  async function read<T>(work: (handler: HandlerInfisical, caller: ReadCaller) => Promise<T>): Promise<T> {
    try {
      return await work(await handlers.get(), currentCaller());
    } catch (error) {
      throw error instanceof RuntimeHostError ? readFailed(error) : error;
    }
  }

  function assertSealed(operation: Operation): void {
    if (codec === 'ready') return;
    const correlation_id = Context.current().info.activityId;
    const access = {
      operation,
      outcome: 'refused',
      error: 'NoCodecKey',
      latency_ms: 0,
      correlation_id,
    } as const;
    audit.record(access, currentCaller());
    throw missingPrerequisite(
      `${operation} returns values, and this worker has no key to seal them in Temporal's histories. Set ONEX_CODEC_KEY_FILE for the worker and for every client and worker that shall read them (docs/codec.md).`,
    );
  }

  return {
    async 'infisical.get_secret'(request) {
      assertSealed('infisical.get_secret');
      return read((handler, caller) => handler.getSecret(request, caller));
    },
    'infisical.list_secrets': (request) =>
      read((handler, caller) => handler.listSecrets(request ?? {}, caller)),
    async 'infisical.get_secrets_batch'(request) {
      assertSealed('infisical.get_secrets_batch');
      return read((handler, caller) => handler.getSecretsBatch(request, caller));
    },
  };
}

function currentCaller(): ReadCaller {
  const { workflowExecution, activityId, attempt } = Context.current().info;
  return {
    ...(workflowExecution === undefined
      ? {}
      : { workflow: workflowExecution.workflowId, run: workflowExecution.runId }),
    activity: activityId,
    attempt,
  };
}
