import { Context } from '@temporalio/activity';
import type { MetricMeter } from '@temporalio/common';
import type { Logger } from 'pino';
import { missingPrerequisite, readFailed } from '../contracts/core/failures';
import { RuntimeHostError } from '../contracts/reads/read-error';
import type { Operation } from '../contracts/reads/read-request';
import type { ReadActivities } from '../contracts/reads/read-result';
import type { Host } from '../environment/host';
import { CurrentHandler } from '../reads/read-place';
import type { HandlerInfisical } from '../reads/handler-infisical';
import type { ReadAudit, ReadCaller } from '../reads/read-audit';

interface ReadDependencies {
  host: Host;
  logger: Logger;
  /** Whether a Secret may be returned: with no key the codec refuses it. */
  codec: 'ready' | 'no key';
  /** Hears of every access to a secret. */
  audit: ReadAudit;
  meter: MetricMeter;
}

/** The handler's operations for workflows. Those that return values refuse to run where nothing would seal them. */
export function readActivities({ host, audit, meter, logger, codec }: ReadDependencies): ReadActivities {
  const onProblem = (message: string) => logger.warn(message);
  const handlers = new Map<string, CurrentHandler>();

  /** That of the only environment, or of ONEX_ENVIRONMENT: a request names none. */
  async function handler(): Promise<HandlerInfisical> {
    const environment = await host.forReading(undefined, {});
    const known = handlers.get(environment.environment);
    if (known !== undefined) return known.get();
    const current = new CurrentHandler(environment, { audit, meter, onProblem });
    handlers.set(environment.environment, current);
    return current.get();
  }

  async function read<T>(work: (handler: HandlerInfisical, caller: ReadCaller) => Promise<T>): Promise<T> {
    try {
      return await work(await handler(), currentCaller());
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
      `${operation} returns values, and this worker has no key to seal them in Temporal's histories. Set ONEX_CODEC_KEY_FILE for this worker and for every client and worker that reads them (docs/codec.md).`,
    );
  }

  return {
    async 'infisical.get_secret'(request) {
      assertSealed('infisical.get_secret');
      return read((of, caller) => of.getSecret(request, caller));
    },
    'infisical.list_secrets': (request) => read((of, caller) => of.listSecrets(request ?? {}, caller)),
    async 'infisical.get_secrets_batch'(request) {
      assertSealed('infisical.get_secrets_batch');
      return read((of, caller) => of.getSecretsBatch(request, caller));
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
