import type { WorkflowHandle } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { MEMO } from '../contracts/core/names';
import { describePhase, phaseTold, type Progress } from '../workflows/progress';
import { pendingReason } from './pending-reason';
import { heard } from './reviving';
import type { Terminal } from './terminal';

const POLL_MS = 300; // a query costs the worker 10 ms, the server 7 ms, and no history event

const REASON_EVERY = 4; // polls; a description costs more than a query

/** Shows the progress of a run until `ended`: a redrawn block on a terminal, a line per change elsewhere. */
export async function followRun(
  handle: WorkflowHandle,
  ended: Promise<unknown>,
  terminal: Terminal,
  revive: () => Promise<void>,
): Promise<void> {
  let over = false;
  const watch = ended.then(
    () => void (over = true),
    () => void (over = true),
  );
  const shown = new Map<string, string>();
  let reason: string | undefined;
  let waitingFor: string | undefined;
  for (let poll = 1; !over; poll++) {
    const asked = heard(handle.query<Progress>('progress'), revive);
    asked.catch(() => undefined); // nobody waits for it once the run has ended
    const progress = (await Promise.race([asked, watch])) ?? undefined;
    if (progress?.waitingFor !== waitingFor) [waitingFor, reason] = [progress?.waitingFor, undefined];
    if (poll % REASON_EVERY === 0) reason = await heard(pendingReason(handle), revive);
    if (progress !== undefined && !over) show(progress, reason, shown, terminal);
    await Promise.race([sleep(POLL_MS), watch]);
  }
  const last = await heard(lastTold(handle), () => Promise.resolve());
  if (last !== undefined) show(last, undefined, shown, terminal);
  terminal.live?.(undefined);
}

/** From the memo: a worker would have to play the whole run again to be asked. */
async function lastTold(handle: WorkflowHandle): Promise<Pick<Progress, 'phases'>> {
  const told = (await handle.describe()).memo?.[MEMO.phases];
  const lines = Array.isArray(told) ? told.filter((line) => typeof line === 'string') : [];
  return { phases: lines.flatMap((line) => phaseTold(line) ?? []) };
}

function show(
  { phases }: Pick<Progress, 'phases'>,
  reason: string | undefined,
  shown: Map<string, string>,
  terminal: Terminal,
): void {
  const why = reason === undefined ? '' : `: ${reason.split('\n')[0]?.slice(0, 120)}`;
  const lines = phases.map(({ name, phase }) => ({
    name,
    phase,
    text: `${describePhase(phase)}${phase.state === 'running' ? why : ''}`,
  }));
  if (terminal.live !== undefined) {
    terminal.live(
      lines.map(({ name, phase, text }) => `${mark(phase.state)} ${name.padEnd(15)} ${text}`).join('\n'),
    );
    return;
  }
  for (const { name, phase, text } of lines) {
    if (phase.state === 'pending' || text === 'starting' || shown.get(name) === text) continue;
    shown.set(name, text);
    // why it failed is the command's last word
    terminal.progress(`${name}: ${phase.state === 'failed' ? 'failed' : text}`);
  }
}

function mark(state: Progress['phases'][number]['phase']['state']): string {
  return { pending: '·', running: '▸', done: '✔', failed: '✘', cancelled: '✘' }[state];
}
