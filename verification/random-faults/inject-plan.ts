import type { FaultProxy } from '../../test/support/fault-proxy';
import { answers, type Fault } from '../../test/support/faults';
import type { FaultKind, FaultPlan, Generation } from './fault-plan';

/** A request that met a fault. */
export interface MetFault {
  fault: FaultKind;
  request: string;
}

const RETRY_AFTER_SECONDS = 1;
const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Has the proxy's next requests meet the plan. The function that it gives lists what was met so far. */
export function injectPlan(proxy: FaultProxy, { generation, faults }: FaultPlan): () => MetFault[] {
  const kinds = new Map<Fault, FaultKind>();
  for (const { fault: kind, request, nth, times } of faults) {
    const fault = faultOf(kind, generation);
    kinds.set(fault, kind);
    const target = { skip: nth - 1, times, probes: true };
    const [method, path] = request.split(' ');
    const where =
      path === undefined ? {} : { ...(method === undefined ? {} : { method }), path: matching(path) };
    proxy.inject(fault, { ...target, ...where });
  }
  return () =>
    proxy.faultsMet.map(({ fault, request }) => ({ fault: kinds.get(fault)!, request: withoutIds(request) }));
}

/** A request with its ids as `:id`. */
export const withoutIds = (request: string) => request.replace(ID, ':id');

function matching(path: string): RegExp {
  const parts = path.split(':id').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/?]+')}(\\?|$)`);
}

function faultOf(kind: FaultKind, generation: Generation): Fault {
  switch (kind) {
    case 'server error':
      return answers.serverError;
    case 'gateway page':
      return answers.page(502);
    case 'rate limit':
      return generation === '2024'
        ? answers.rateLimited2024(RETRY_AFTER_SECONDS)
        : answers.rateLimited(RETRY_AFTER_SECONDS);
    case 'reset':
    case 'reset after commit':
    case 'truncated':
      return { kind };
    case 'slow headers':
      return { kind, milliseconds: 400 };
    case 'dribbled body':
      return { kind, everyMilliseconds: 5, bytes: 100 };
    case 'stalled and cut off':
      return { kind: 'stalled body', cutAfterMilliseconds: 500 };
    case 'stalled':
      return { kind: 'stalled body' };
  }
}
