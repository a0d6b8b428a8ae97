import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import {
  endOf,
  stateOf,
  upArguments,
  WORKER_READY,
  type Ended,
  type Given,
  type Places,
} from '../harness/product';
import { Installation, type Running } from '../../test/support/installation';

const START_MS = 60_000;
/** Longer than every wait that a plan of faults can bring about, one after another. */
const HANG_MS = 300_000;

/** The built product's worker with its Temporal server: one process for any number of environments. */
export class Worker {
  #printed = '';

  private constructor(
    readonly client: Client,
    private readonly installation: Installation,
    private readonly running: Running,
  ) {}

  static async start(): Promise<Worker> {
    const installation = await Installation.create();
    installation.variables['ONEX_NODES_DIR'] = join(installation.stateDir, 'nodes');
    const running = installation.start('worker');
    try {
      await untilReady(running);
    } catch (error) {
      running.child.kill('SIGTERM');
      await running.ended;
      await installation.remove();
      throw error;
    }
    const connection = await Connection.connect({ address: installation.temporalAddress });
    return new Worker(new Client({ connection }), installation, running);
  }

  /** Everything that the worker and each `up` printed. */
  get printed(): string {
    return this.running.output() + this.#printed;
  }

  placesOf(environment: string): Places {
    const { stateDir: state } = this.installation;
    return { environment, state, nodes: join(state, 'nodes') };
  }

  /** One `up`; one that does not end is killed. */
  async up(environment: string, given: Given, infisical: string): Promise<Ended> {
    const up = this.installation.start(...upArguments(environment, given, infisical));
    let hung = false;
    const timer = setTimeout(() => (hung = up.child.kill('SIGKILL')), HANG_MS);
    const end = await up.ended;
    clearTimeout(timer);
    this.#printed += up.output();
    if (hung) return { ended: 'hung', seconds: end.seconds };
    return endOf(this.client, environment, end);
  }

  /** Removes what an environment left on disk. */
  forget(environment: string): void {
    const places = this.placesOf(environment);
    for (const folder of [stateOf(places), join(places.nodes, environment)])
      rmSync(folder, { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    this.running.child.kill('SIGTERM');
    await this.running.ended;
    await this.installation.run('down'); // stops the Temporal server; there are no containers
    await this.installation.remove();
    await this.client.connection.close(); // last: a call that is under way would throw in its timer
  }
}

async function untilReady(worker: Running): Promise<void> {
  const abort = new AbortController();
  const late = sleep(START_MS, undefined, { signal: abort.signal }).then(() => {
    throw new Error(`No worker within ${START_MS / 1000} s:\n${worker.output()}`);
  });
  await Promise.race([worker.says(WORKER_READY), late]).finally(() => abort.abort());
}
