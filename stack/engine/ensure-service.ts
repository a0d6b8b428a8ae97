import type Docker from 'dockerode';
import { unavailable } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';
import { configHash } from '../compose/plan-container';
import { planContainer } from '../compose/plan-container';
import type { Service, Stack } from '../compose/stack';
import type { ImageKind } from '../images/image-kind';
import { createContainer } from './create-container';
import { engineCall, statusOf, tolerate } from './engine-error';
import { findContainer } from './find-container';
import { containerLabels } from './labels';
import { lostDependency } from './lost-dependency';
import { addressOf } from './probe';
import { digestStackSecrets } from './read-stack-secret';
import { removeContainer } from './remove-container';
import type { Progress } from './run-command';
import { endingOf, startContainer } from './start-container';
import { waitUntilReady, type Ending } from './wait-until-ready';

export interface EnsuredService {
  action: 'created' | 'started' | 'recreated' | 'kept';
  containerId: string;
  kind: ImageKind;
  /** Where the host reaches it; undefined where it publishes nothing. */
  address: string | undefined;
}

export interface ServiceOptions extends Progress {
  environment: string;
  image: { ref: string; id: string; kind: ImageKind };
  /** Key of the digests of secrets that are part of the container's hash. */
  digestKey: Secret;
  /** Anything else that the service reads only at its start: a change makes a new container. */
  inputs?: string;
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
      return await this.reconcile();
    } finally {
      this.over.abort();
    }
  }

  private async reconcile(): Promise<EnsuredService> {
    const { engine, stack, service, options } = this;
    const [secrets, found] = await Promise.all([
      digestStackSecrets(stack, service.secrets, options.digestKey),
      findContainer(engine, stack, service.name),
    ]);
    const hash = configHash(service, {
      imageId: options.image.id,
      secrets,
      ...(options.inputs === undefined ? {} : { inputs: options.inputs }),
    });
    const plan = planContainer(found, hash);
    if (plan.action !== 'keep') options.onProgress?.(`${service.name}: ${plan.action} (${plan.reason})`);
    switch (plan.action) {
      case 'create':
        return this.create(hash, 'created');
      case 'recreate':
        await removeContainer(engine, plan.id);
        return this.create(hash, 'recreated');
      case 'unpause':
        await tolerate(engine.getContainer(plan.id).unpause(), 409, 500);
        await this.ready(plan.id, endingOf(engine, plan.id, this.over.signal));
        return this.result('started', plan.id);
      case 'start':
        return this.start(plan.id, hash);
      case 'watch':
        return this.watch(plan.id, hash);
      case 'keep':
        await this.ready(plan.id, endingOf(engine, plan.id, this.over.signal));
        return this.result('kept', plan.id);
    }
  }

  private async create(hash: string, action: 'created' | 'recreated'): Promise<EnsuredService> {
    const { engine, stack, service, options } = this;
    const { environment, image } = options;
    options.signal?.throwIfAborted();
    const labels = containerLabels(stack, service, { environment, hash, kind: image.kind });
    const id = await createContainer(engine, stack, service, { image: image.ref, labels });
    const ending = endingOf(engine, id, this.over.signal);
    try {
      await startContainer(engine, stack, service, id);
    } catch (error) {
      // One that never ran is of no use to anybody.
      await removeContainer(engine, id).catch(() => undefined);
      throw error;
    }
    await this.ready(id, ending);
    return this.result(action, id);
  }

  private async start(id: string, hash: string): Promise<EnsuredService> {
    const ending = endingOf(this.engine, id, this.over.signal);
    try {
      await startContainer(this.engine, this.stack, this.service, id);
    } catch (error) {
      // Its network was removed and made again under another id: the container cannot follow.
      if (statusOf(error) !== 404) throw error;
      await removeContainer(this.engine, id);
      return this.create(hash, 'recreated');
    }
    await this.ready(id, ending);
    return this.result('started', id);
  }

  /** It was killed, perhaps, and comes back; or it ends at each start, perhaps by what its last one left in it. */
  private async watch(id: string, hash: string): Promise<EnsuredService> {
    const ending = endingOf(this.engine, id, this.over.signal);
    const hasEnded = watchEnd(ending);
    try {
      await this.ready(id, ending);
      return this.result('started', id);
    } catch (error) {
      if (!hasEnded()) throw error;
      await removeContainer(this.engine, id);
      return this.create(hash, 'recreated');
    }
  }

  private async ready(containerId: string, ending: Ending): Promise<void> {
    const { engine, stack, service, options } = this;
    const { signal, onProgress } = options;
    const hasEnded = watchEnd(ending);
    try {
      await waitUntilReady(engine, stack, service, {
        containerId,
        ending,
        ...(signal === undefined ? {} : { signal }),
        ...(onProgress === undefined ? {} : { onProgress }),
      });
    } catch (error) {
      if (!hasEnded()) throw error;
      // A service that ended would be restarted for ever by its policy; its logs stay.
      await tolerate(engine.getContainer(containerId).stop({ t: 1 }), 304, 404, 409, 500);
      const lost = await lostDependency(engine, stack, service);
      if (lost === undefined) throw error;
      throw unavailable(`${service.name} ended before it was ready, and ${lost} was not there for it.`, {
        cause: error,
      });
    }
  }

  private result(action: EnsuredService['action'], containerId: string): EnsuredService {
    const { ready, ports } = this.service;
    const [port] = ports;
    const address =
      ready !== undefined ? addressOf(ready) : port === undefined ? undefined : `127.0.0.1:${port.host}`;
    return { action, containerId, kind: this.options.image.kind, address };
  }
}

/** Tells whether the process has ended, as far as it is known when it is asked. */
function watchEnd(ending: Ending): () => boolean {
  let ended = false;
  void ending.then((end) => (ended = 'exitCode' in end));
  return () => ended;
}
