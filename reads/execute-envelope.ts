import { randomUUID } from 'node:crypto';
import { envelopeSchema, type ReadEnvelope } from '../contracts/reads/read-request';
import type { ReadResponse } from '../contracts/reads/read-result';
import { parseRequest } from './as-read-error';
import type { ReadCaller } from './read-audit';

/** A handler by the names of its methods. */
type Operations = Record<
  (typeof METHODS)[keyof typeof METHODS],
  (request: never, caller: ReadCaller) => Promise<ReadResponse['result']>
>;

/** Runs the operation that an ONEX envelope names and wraps its result. Ids that are no UUID are replaced. */
export async function executeEnvelope(
  handler: Operations,
  envelope: ReadEnvelope,
  caller: ReadCaller,
): Promise<ReadResponse> {
  const started = performance.now();
  const { operation, payload, ...ids } = parseRequest(envelopeSchema, envelope, {
    correlationId: randomUUID(),
  });
  const correlationId = uuid(ids.correlation_id);
  // each operation reads its request by its own schema
  const request = { ...payload, correlation_id: correlationId } as never;
  const result = await handler[METHODS[operation]](request, caller);
  return {
    input_envelope_id: uuid(ids.envelope_id),
    correlation_id: correlationId,
    dispatch_id: randomUUID(),
    handler_id: 'infisical-handler',
    node_kind: 'compute',
    events: [],
    intents: [],
    projections: [],
    result,
    metrics: {},
    logs: [],
    processing_time_ms: performance.now() - started,
    timestamp: new Date().toISOString(),
  };
}

const METHODS = {
  'infisical.get_secret': 'getSecret',
  'infisical.list_secrets': 'listSecrets',
  'infisical.get_secrets_batch': 'getSecretsBatch',
} as const;

function uuid(given: string | undefined): string {
  return given !== undefined && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(given)
    ? given
    : randomUUID();
}
