import { Client, Connection, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootstrapWorkflowId, TASK_QUEUE } from '../../contracts/core/names';
import type { BootstrapReport } from '../../contracts/report/bootstrap-report';
import type { BootstrapInput } from '../../contracts/settings/bootstrap-input';
import { Installation } from '../../test/support/installation';

const START_MS = 60_000;
/** Longer than every wait that a plan of faults can bring about, one after another. */
const HANG_MS = 300_000;

/** How a run of the workflow `bootstrap` ended. */
export type Ended =
  | { ended: 'finished'; report: BootstrapReport; seconds: number }
  | { ended: 'failed'; type: string; message: string; seconds: number }
  | { ended: 'hung'; seconds: number };

/** The built product's worker with its Temporal server: one process for any number of environments. */
export class Product {
  private constructor(
    readonly client: Client,
    private readonly installation: Installation,
    private readonly worker: ReturnType<Installation['start']>,
  ) {}

  static async start(): Promise<Product> {
    const installation = await Installation.create();
    installation.variables['ONEX_NODES_DIR'] = join(installation.stateDir, 'nodes');
    const worker = installation.start('worker');
    try {
      await working(worker);
    } catch (error) {
      worker.child.kill('SIGTERM');
      await worker.ended;
      await installation.remove();
      throw error;
    }
    const connection = await Connection.connect({ address: installation.temporalAddress });
    return new Product(new Client({ connection }), installation, worker);
  }

  /** Everything that the worker printed. */
  get printed(): string {
    return this.worker.output();
  }

  stateDir(environment: string): string {
    return join(this.installation.stateDir, environment);
  }

  nodesDir(environment: string): string {
    return join(this.installation.stateDir, 'nodes', environment);
  }

  /** One run, as `up` starts it; one that does not end is terminated. */
  async up(environment: string, input: BootstrapInput): Promise<Ended> {
    const started = Date.now();
    const seconds = () => (Date.now() - started) / 1000;
    const handle = await this.client.workflow.start('bootstrap', {
      workflowId: bootstrapWorkflowId(environment),
      taskQueue: TASK_QUEUE,
      args: [{ ...input, environment }],
      workflowTaskTimeout: '5s',
    });
    const abort = new AbortController();
    const hung = sleep(HANG_MS, 'hung' as const, { signal: abort.signal }).catch(() => 'hung' as const);
    try {
      const report = await Promise.race([handle.result() as Promise<BootstrapReport>, hung]);
      if (report !== 'hung') return { ended: 'finished', report, seconds: seconds() };
      await handle.terminate('it hung');
      return { ended: 'hung', seconds: seconds() };
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
      const { cause } = error;
      const type = (cause instanceof ApplicationFailure ? cause.type : cause?.name) ?? 'none';
      return { ended: 'failed', type, message: cause?.message ?? error.message, seconds: seconds() };
    } finally {
      abort.abort();
    }
  }

  /** Removes what an environment left on disk. */
  forget(environment: string): void {
    for (const folder of [this.stateDir(environment), this.nodesDir(environment)])
      rmSync(folder, { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    this.worker.child.kill('SIGTERM');
    await this.worker.ended;
    await this.installation.run('down'); // stops the Temporal server; there are no containers
    await this.installation.remove();
    await this.client.connection.close(); // last: a call that is under way would throw in its timer
  }
}

async function working(worker: ReturnType<Installation['start']>): Promise<void> {
  let ended: string | undefined;
  void worker.ended.then(({ stderr }) => (ended = stderr));
  for (const deadline = Date.now() + START_MS; !worker.output().includes('worker of host'); await sleep(50)) {
    if (ended !== undefined) throw new Error(`The worker ended before it worked:\n${ended}`);
    if (Date.now() > deadline) throw new Error(`No worker within ${START_MS / 1000} s:\n${worker.output()}`);
  }
}
