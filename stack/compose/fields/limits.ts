import { z } from 'zod';
import { bytes, duration, either, fields, named, number, text, wholeNumber } from './values';

const ofSwarm = z.unknown().optional(); // Compose itself reads it only for a swarm

/** What `deploy` says of one container. */
export const deploy = fields({
  replicas: text
    .refine((count) => count === '1', 'must be 1: a stack runs one container per service')
    .optional(),
  resources: fields({
    limits: fields({
      cpus: number.optional(),
      memory: bytes.optional(),
      pids: wholeNumber.optional(),
    }).optional(),
    reservations: fields({ cpus: number.optional(), memory: bytes.optional() }).optional(),
  }).optional(),
  restart_policy: fields({
    condition: z
      .enum(['none', 'on-failure', 'any'], { error: 'must be none, on-failure or any' })
      .default('any'),
    max_attempts: wholeNumber.optional(),
    delay: duration.optional(),
    window: duration.optional(),
  }).optional(),
  mode: z.literal('replicated', { error: 'must be replicated' }).optional(),
  labels: ofSwarm,
  placement: ofSwarm,
  update_config: ofSwarm,
  rollback_config: ofSwarm,
  endpoint_mode: ofSwarm,
});

/** The older fields for the same. */
export const limitFields = {
  mem_limit: bytes.optional(),
  mem_reservation: bytes.optional(),
  cpus: number.optional(),
  pids_limit: wholeNumber.optional(),
  shm_size: bytes.optional(),
  ulimits: named(
    either(wholeNumber, fields({ soft: wholeNumber, hard: wholeNumber }), 'must be a number or {soft, hard}'),
    'limits',
  ).optional(),
};

type LimitFields = z.infer<z.ZodObject<typeof limitFields>>;

/** All limits of a service in bytes, cores and counts; undefined where it has none. */
export function limitsOf(
  { mem_limit, mem_reservation, cpus, pids_limit, shm_size, ulimits }: LimitFields,
  resources: z.infer<typeof deploy>['resources'],
) {
  const limits = {
    memory: resources?.limits?.memory ?? mem_limit,
    memoryReservation: resources?.reservations?.memory ?? mem_reservation,
    cpus: resources?.limits?.cpus ?? cpus,
    pids: resources?.limits?.pids ?? pids_limit,
    sharedMemory: shm_size,
    ulimits:
      ulimits &&
      Object.entries(ulimits).map(([name, limit]) => ({
        name,
        ...(typeof limit === 'number' ? { soft: limit, hard: limit } : limit),
      })),
  };
  return Object.values(limits).some((limit) => limit !== undefined) ? limits : undefined;
}

const POLICIES = { none: 'no', 'on-failure': 'on-failure', any: 'always' } as const;

/** How the engine starts a container again. */
export interface RestartPolicy {
  name: 'no' | 'always' | 'unless-stopped' | 'on-failure';
  maximumRetries?: number | undefined;
}

/** `restart`, or what `deploy` says in its place. */
export function restartOf(
  restart: string | undefined,
  policy: z.infer<typeof deploy>['restart_policy'],
): RestartPolicy {
  if (restart === undefined && policy !== undefined)
    return { name: POLICIES[policy.condition], maximumRetries: policy.max_attempts };
  const [name, retries] = (restart ?? 'no').split(':');
  return {
    name: name as RestartPolicy['name'],
    maximumRetries: retries === undefined ? undefined : Number(retries),
  };
}
