import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  sleep,
  TimeoutFailure,
} from '@temporalio/workflow';
import { dependenciesOf, startOrder, type ServiceOutline } from '../../stack/compose/order';
import { FailureType } from '../../contracts/core/failures';
import { isOfType, phaseFailure } from '../phase-failure';
import type { Run } from '../run';

// An engine that is installed anew, a migration after that: minutes. What lasts longer needs somebody.
const GIVE_UP_MS = 60 * 60_000;
const TRIES = 3; // by Temporal itself, within a second: most faults are over by then
const LONGEST_PAUSE_MS = 30_000;

/** What a step stands on: services by name, in whatever order. The engine is always part of it. */
export interface Ground {
  services: readonly ServiceOutline[];
  needed: readonly string[];
}

/** A ground, or how it is learnt once something is lost. */
export type Footing = Ground | (() => Promise<Ground>);

export const ENGINE_ONLY: Ground = { services: [], needed: [] };

/** The whole stack, for a workflow that needs its outline only where something of it is lost. */
export const stackIfLost = (run: Run) => async (): Promise<Ground> =>
  wholeStack(
    (await run.step('quick', 'the stack file to be read', (host) => host.readStack(run.ref))).services,
  );

/** All services that are no runtime services. */
export const wholeStack = (services: readonly ServiceOutline[]): Ground => ({
  services,
  needed: services.filter(({ profiles }) => profiles.length === 0).map(({ name }) => name),
});

/** What a service depends on. */
export const groundOf = (services: readonly ServiceOutline[], name: string): Ground => ({
  services,
  needed: dependenciesOf(services, name),
});

/**
 * A step that stands on the stack. Where it fails and another try may help, what it stands on is brought back first, in
 * order, and the step is done again: an engine that died, services that were stopped or whose containers are gone. The
 * engine's restart policy does not do that: after a crash it leaves them stopped. Nothing is brought back in a dry run,
 * for an Infisical that somebody else runs, and by a workflow that only uses the stack: it gives no ground.
 */
export async function standing<T>(
  run: Run,
  ground: Footing | undefined,
  step: (limits: { tries?: number }) => Promise<T>,
): Promise<T> {
  if (ground === undefined || !run.hasStack || run.ref.dryRun) return step({});
  const began = Date.now();
  for (let pause = 250; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await step({ tries: TRIES });
    } catch (error) {
      if (!mayPass(error) || Date.now() - began > GIVE_UP_MS) throw error;
      await bringBack(run, ground);
      await sleep(pause);
    }
  }
}

/** Brings back what a step stands on as far as that goes now: what may pass is for the step's next try. */
async function bringBack(run: Run, ground: Footing): Promise<void> {
  try {
    await restore(run, typeof ground === 'function' ? await ground() : ground);
  } catch (error) {
    if (!mayPass(error)) throw error;
  }
}

// Others retry what they do on the stack for longer than that.
const LOOK_AFTER_MS = 15_000;
const LONGEST_LOOK_MS = 60_000;

/** Work of others that stands on the stack, such as that of hosts: while it lasts, what is lost of the stack is brought back. */
export async function whileStanding<T>(run: Run, work: () => Promise<T>): Promise<T> {
  if (!run.ownsStack || run.ref.dryRun) return work();
  const looking = new CancellationScope();
  const looks = looking.run(async (): Promise<never> => {
    for (let pause = LOOK_AFTER_MS; ; pause = Math.min(pause * 2, LONGEST_LOOK_MS)) {
      await sleep(pause);
      await standing(run, stackIfLost(run), (limits) =>
        run.step('await', 'Infisical to answer', (host) => host.awaitInfisical(run.ref), limits),
      );
    }
  });
  try {
    return await Promise.race([work(), looks]);
  } finally {
    looking.cancel();
    await looks.catch(() => undefined);
  }
}

// workers that were lost in one step: each is a kill, or ten minutes in which none was there
const MOST_LOST = 20;

/**
 * Tries a step again where it failed by itself, three times in all, each time on what it stands on; the loss of that, or of its
 * worker, is no failure of its own.
 */
export async function patiently<T>(
  run: Run,
  ground: Ground,
  step: (limits: { tries?: number }) => Promise<T>,
): Promise<T> {
  for (let [failed, lost] = [1, 1]; ;) {
    try {
      return await step({ tries: 1 });
    } catch (error) {
      const isOver = isLost(error) ? ++lost > MOST_LOST : ++failed > TRIES;
      if (isOver || !mayPass(error)) throw error;
      await bringBack(run, ground);
      await sleep('1s');
    }
  }
}

const isLost = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  (error.cause instanceof TimeoutFailure ||
    (error.cause instanceof ApplicationFailure &&
      (error.cause.type === 'WorkerShutdown' || isLostGround(error.cause.details))));

/** What contracts/core/failures.ts says of an outage that took the engine or a service away. */
const isLostGround = (details: unknown): boolean =>
  Array.isArray(details) && Object(details[0]) === details[0] && 'lost' in (details[0] as object);

/** Brings back what is lost; changes nothing where all runs. */
export async function restore(
  run: Run,
  { services, needed }: Ground,
  trying: typeof patiently = (_run, _ground, step) => step({ tries: TRIES }),
): Promise<void> {
  await run
    .step('engine', 'the Docker Engine', (host) => host.ensureEngine(run.ref), { tries: TRIES })
    .then(
      ({ changes }) => run.note(changes),
      (error: unknown) => {
        // Somebody else may be about to start it: not being able to is a reason to wait, not to give up.
        if (isCancellation(error) || isOfType(phaseFailure(error), FailureType.refused)) throw error;
      },
    );
  if (services.length === 0) return;
  const { changes } = await run.step(
    'service',
    'the networks of what is brought back',
    (host) => host.ensureNetworks(run.ref),
    { tries: TRIES },
  );
  run.note(changes);
  for (const wave of startOrder(services)) {
    const lost = services.filter(({ name }) => wave.includes(name) && needed.includes(name));
    await Promise.all(
      lost.map((service) =>
        trying(run, groundOf(services, service.name), (limits) => ensureOne(run, service, limits)),
      ),
    );
  }
}

/** One service made to run and answer. */
export async function ensureOne(
  run: Run,
  { name, readyWhen }: ServiceOutline,
  limits: { tries?: number } = {},
) {
  const row = await run.step(
    'service',
    `${name} to be ready (${readyWhen})`,
    (host) => host.ensureService(run.ref, name),
    limits,
  );
  if (row.action !== 'kept') run.note([`${row.action} ${row.name}`]);
  return row;
}

/** Whether another try may help: the step gave up for now, or its worker died. */
export function mayPass(error: unknown): boolean {
  if (isCancellation(error) || !(error instanceof ActivityFailure)) return false;
  if (error.cause instanceof CancelledFailure) return false;
  return error.retryState === 'MAXIMUM_ATTEMPTS_REACHED' || error.retryState === 'TIMEOUT';
}
