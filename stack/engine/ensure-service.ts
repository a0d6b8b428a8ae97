import { ApplicationFailure } from '@temporalio/common';
import type Docker from 'dockerode';
import { unavailable } from '../../contracts/core/failures';
import { installationKey } from '../../environment/keys';
import { configHash, planContainer } from '../compose/plan-container';
import { addressOf } from '../compose/ready';
import type { Service, Stack } from '../compose/stack';
import { endingOf, findContainer, removeContainer, type Ending } from './containers';
import { engineCall, engineMeans, engineSaid, statusOf, tolerate } from './engine-error';
import { containerLabels, containerName, type ImageKind } from './labels';
import { installationOf } from './network-and-volumes';
import type { Progress } from './run-command';
import { digestStackSecrets } from './stack-secrets';
import { createContainer, isLeftOver, startContainer } from './start-container';
import { waitUntilReady } from './wait-until-ready';

export interface EnsuredService {
  action: 'created' | 'started' | 'recreated' | 'kept';
  containerId: string;
  kind: ImageKind;
  /** Where the host reaches it; undefined where it publishes nothing. */
  address: string | undefined;
}

export interface ServiceOptions extends Progress {
  environment: string;
  /** Holds the key of the digests of secrets that are part of the container's hash. */
  stateDir: string;
  image: { ref: string; id: string; kind: ImageKind };
  /** Anything else that the service reads only at its start: a change makes a new container. */
  inputs?: string | undefined;
  /** When the step began that this goes on with, in milliseconds since the epoch: what was done since counts as done now. */
  begunAt?: number;
}

/**
 * Makes one service run as declared and waits until it answers: kept, started, recreated with its volumes, or created.
 * Its image, network and volumes must be there. What it depends on must be ready.
 */
export function ensureService(
  engine: Docker,
  stack: Stack,
  name: string,
  options: ServiceOptions,
): Promise<EnsuredService> {
  return engineCall(() => new ServiceRun(engine, stack, stack.services[name]!, options).ensure());
}

class ServiceRun {
  /** Ends the engine's long answers when we are done. */
  private readonly over = new AbortController();

  constructor(
    private readonly engine: Docker,
    private readonly stack: Stack,
    private readonly service: Service,
    private readonly options: ServiceOptions,
  ) {}

  async ensure(): Promise<EnsuredService> {
    try {
      const { id, action } = await this.reconcile();
      const { kind } = this.options.image;
      return {
        action: await this.sinceBegun(id, action),
        containerId: id,
        kind,
        address: addressOf(this.service),
      };
    } finally {
      this.over.abort();
    }
  }

  private async reconcile(): Promise<{ id: string; action: EnsuredService['action'] }> {
    const { engine, stack, service, options } = this;
    const [secrets, found] = await Promise.all([
      digestStackSecrets(stack, service.secrets, await installationKey(options.stateDir)),
      findContainer(engine, stack, service.name, options.environment),
    ]);
    const hash = configHash(service, { imageId: options.image.id, secrets, inputs: options.inputs });
    const plan = planContainer(found, hash, service.ends);
    if (plan.action !== 'keep') options.onProgress?.(`${service.name}: ${plan.action} (${plan.reason})`);
    switch (plan.action) {
      case 'create':
        return { id: await this.create(hash), action: 'created' };
      case 'recreate':
        return this.recreate(plan.id, hash);
      case 'unpause':
        await tolerate(engine.getContainer(plan.id).unpause(), 409, 500);
        await this.ready(plan.id, { fresh: false });
        return { id: plan.id, action: 'started' };
      case 'start':
        return this.start(plan.id, hash);
      case 'watch':
        return this.watch(plan.id, hash);
      case 'keep':
        if (found?.state !== 'exited') await this.ready(plan.id, { fresh: false }); // what ran once is done
        return { id: plan.id, action: 'kept' };
    }
  }

  /** A step that was killed after it made or started the container finds it, and would say that nothing was done. */
  private async sinceBegun(id: string, action: EnsuredService['action']): Promise<EnsuredService['action']> {
    const { begunAt } = this.options;
    if (begunAt === undefined || !['kept', 'started'].includes(action)) return action;
    const { Created, State } = await this.engine.getContainer(id).inspect();
    if (Date.parse(Created) >= begunAt) return 'created';
    return Date.parse(State.StartedAt) >= begunAt ? 'started' : action;
  }

  private async create(hash: string): Promise<string> {
    const { engine, stack, service, options } = this;
    const { environment, stateDir, image } = options;
    options.signal?.throwIfAborted();
    const installation = await installationOf(stateDir);
    const labels = containerLabels(stack, service, { environment, installation, hash, kind: image.kind });
    const id = await createContainer(engine, stack, service, { image: image.ref, labels });
    const ending = this.endingOf(id);
    try {
      await startContainer(engine, stack, service, id);
    } catch (error) {
      // One that never ran is of no use to anybody.
      await removeContainer(engine, id).catch(() => undefined);
      if (statusOf(error) !== 404) throw error;
      const gone = engineMeans(error) ?? 'something that it needs was removed meanwhile';
      throw engineSaid(unavailable(`${service.name} cannot start: ${gone}.`), error);
    }
    await this.ready(id, { ending });
    return id;
  }

  private async recreate(old: string, hash: string) {
    await removeContainer(this.engine, old);
    return { id: await this.create(hash), action: 'recreated' as const };
  }

  private async start(id: string, hash: string) {
    const ending = this.endingOf(id);
    try {
      await startContainer(this.engine, this.stack, this.service, id);
    } catch (error) {
      // Its network was removed and made again under another id, which the container cannot follow; or an engine that was killed
      // as it started it has left something of that.
      if (statusOf(error) !== 404 && !isLeftOver(error)) throw error;
      return this.recreate(id, hash);
    }
    await this.ready(id, { ending });
    return { id, action: 'started' as const };
  }

  /** It was killed, perhaps, and comes back; or it ends at each start, perhaps by what its last one left in it. */
  private async watch(id: string, hash: string) {
    const ending = this.endingOf(id);
    const hasEnded = watchEnd(ending);
    try {
      await this.ready(id, { ending });
      return { id, action: 'started' as const };
    } catch (error) {
      if (!hasEnded()) throw error;
      return this.recreate(id, hash);
    }
  }

  private async ready(
    containerId: string,
    { fresh = true, ending = this.endingOf(containerId) }: { fresh?: boolean; ending?: Promise<Ending> } = {},
  ): Promise<void> {
    const { engine, stack, service, options } = this;
    const { signal, onProgress } = options;
    const hasEnded = watchEnd(ending);
    try {
      await waitUntilReady(engine, stack, service, { containerId, ending, fresh, signal, onProgress });
    } catch (error) {
      const ended = hasEnded();
      // A service that ended would be restarted for ever by its policy; its logs stay.
      if (ended) await tolerate(engine.getContainer(containerId).stop({ t: 1 }), 304, 404, 409, 500);
      const mayStandOnLost = ended || (error instanceof ApplicationFailure && error.nonRetryable === true);
      const lost = mayStandOnLost ? await this.lostDependency() : undefined;
      if (lost === undefined) throw error;
      const how = ended ? 'ended before it was ready' : 'did not become ready';
      throw unavailable(`${service.name} ${how}, because ${lost} was not running.`, {
        cause: error,
        lost: { kind: 'service', service: lost },
      });
    }
  }

  /** What the service stands on that does not run, or was started after it: its own end says nothing about it then. */
  private async lostDependency(): Promise<string | undefined> {
    const own = await this.stateOf(this.service.name);
    for (const { service, condition } of this.service.dependsOn) {
      if (condition === 'service_completed_successfully') continue; // it need not run any more
      const state = await this.stateOf(service);
      if (state?.Status !== 'running') return service;
      if (own !== undefined && Date.parse(state.StartedAt) > Date.parse(own.StartedAt)) return service;
    }
    return undefined;
  }

  private async stateOf(service: string) {
    const container = this.engine.getContainer(containerName(this.stack, service));
    return (await tolerate(container.inspect(), 404))?.State;
  }

  private endingOf(containerId: string): Promise<Ending> {
    return endingOf(this.engine, containerId, this.over.signal);
  }
}

/** Tells whether the process has ended, as far as it is known when it is asked. */
function watchEnd(ending: Promise<Ending>): () => boolean {
  let ended = false;
  void ending.then((end) => (ended = 'exitCode' in end));
  return () => ended;
}
