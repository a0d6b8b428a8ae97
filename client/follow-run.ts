import type { WorkflowHandle } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { describePhase, type Progress } from '../workflows/progress';
import type { Terminal } from './terminal';

const POLL_MS = 200; // a query costs the server 7 ms and no history event

/** Shows the progress of a run until `ended`: a redrawn block on a terminal, a line per change elsewhere. */
export async function followRun(
  handle: WorkflowHandle,
  ended: Promise<unknown>,
  terminal: Terminal,
): Promise<void> {
  let over = false;
  const watch = ended.then(
    () => void (over = true),
    () => void (over = true),
  );
  const shown = new Map<string, string>();
  while (!over) {
    const progress = await handle.query<Progress>('progress').catch(() => undefined);
    if (progress !== undefined && !over) show(progress, shown, terminal);
    await Promise.race([sleep(POLL_MS), watch]);
  }
  const last = await handle.query<Progress>('progress').catch(() => undefined);
  if (last !== undefined) show(last, shown, terminal);
  terminal.live?.(undefined);
}

function show({ phases }: Progress, shown: Map<string, string>, terminal: Terminal): void {
  if (terminal.live !== undefined) {
    const lines = phases.map(
      ({ name, phase }) => `${mark(phase.state)} ${name.padEnd(15)} ${describePhase(phase)}`,
    );
    terminal.live(lines.join('\n'));
    return;
  }
  for (const { name, phase } of phases) {
    const text = describePhase(phase);
    if (phase.state === 'pending' || shown.get(name) === text) continue;
    shown.set(name, text);
    if (text !== 'starting') terminal.progress(`${name}: ${text}`);
  }
}

function mark(state: Progress['phases'][number]['phase']['state']): string {
  return { pending: '·', running: '▸', done: '✔', failed: '✘', cancelled: '✘' }[state];
}
