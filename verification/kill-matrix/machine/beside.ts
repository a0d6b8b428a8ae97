import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from '../../harness/processes';
import { WORKER_READY } from '../../harness/product';
import type { Beside } from '../side-effects/orders';
import { HARNESS, type Setting } from './job';
import { startProduct } from './start-product';

const RESTART_MS = 1_000; // sooner than the unit of `service install`, so that runs are shorter
const READY_MS = 60_000; // on a machine that is busy with others

const workers = new Map<Beside, Running>();
let printed = '';

export const pidBeside = (beside: Beside): unknown => workers.get(beside)?.child.pid;
/** All that it printed, whichever process it was. */
export const printedBeside = (): string => printed;

/** Keeps a worker running as systemd would: whenever it ended, it is started again. Gives what ends that. */
export async function keepBeside(
  setting: Setting,
  beside: Beside,
  variables: () => Record<string, string>,
): Promise<() => Promise<void>> {
  let isOver = false;
  const keep = async () => {
    while (!isOver) {
      const worker = startProduct(
        setting,
        { args: ['worker'], variables: variables() },
        { folder: HARNESS, beside },
        (text) => (printed += text),
      );
      workers.set(beside, worker);
      await worker.ended;
      if (!isOver) await sleep(RESTART_MS);
    }
  };
  const kept = keep();
  const isReady = () => workers.get(beside)!.stderr().includes(WORKER_READY);
  for (const deadline = Date.now() + READY_MS; !isReady(); await sleep(100))
    if (Date.now() > deadline) throw new Error(`no worker of the ${beside}: ${printed.slice(-1000)}`);
  return async () => {
    isOver = true;
    workers.get(beside)?.child.kill('SIGINT');
    await kept;
    workers.delete(beside);
  };
}
