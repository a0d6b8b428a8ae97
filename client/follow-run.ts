import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { MEMO } from '../contracts/core/names';
import { describePhase, phaseTold, type PhaseProgress, type PhaseState } from '../workflows/progress';
import { pendingReason } from './pending-reason';
import { heard } from './reviving';
import type { Terminal } from './terminal';

const POLL_MS = 300; // a description costs the server some milliseconds, and no worker anything

const REASON_EVERY = 4; // polls; that of a host is told by requests of its own

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
    const asked = heard(handle.describe(), revive);
    asked.catch(() => undefined); // nobody waits for it once the run has ended
    const described = (await Promise.race([asked, watch])) ?? undefined;
    const told = described && toldBy(described);
    if (told !== undefined && told.waitingFor !== waitingFor)
      [waitingFor, reason] = [told.waitingFor, undefined];
    if (poll % REASON_EVERY === 0 && described !== undefined && !over)
      reason = await heard(pendingReason(handle, described), revive);
    if (told !== undefined && !over && told.phases.length > 0) show(told.phases, reason, shown, terminal);
    await Promise.race([sleep(POLL_MS), watch]);
  }
  const last = await heard(handle.describe(), () => Promise.resolve());
  if (last !== undefined) show(toldBy(last).phases, reason, shown, terminal);
  terminal.live?.(undefined);
}

/** By the memo: a worker would have to be there to be asked, and to play the whole run again. */
function toldBy({ memo = {} }: WorkflowExecutionDescription): {
  phases: PhaseProgress[];
  waitingFor: string | undefined;
} {
  const { [MEMO.phases]: lines, [MEMO.waitingFor]: waiting } = memo;
  const waitingFor = typeof waiting === 'string' && waiting !== '' ? waiting : undefined;
  const phases = (Array.isArray(lines) ? lines : []).flatMap(
    (line) => (typeof line === 'string' && phaseTold(line)) || [],
  );
  const running = phases.find(({ phase }) => phase.state === 'running');
  if (running !== undefined && waitingFor !== undefined)
    running.phase = { state: 'running', waitingFor: `waiting for ${waitingFor}` };
  return { phases, waitingFor };
}

function show(
  phases: readonly PhaseProgress[],
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

function mark(state: PhaseState['state']): string {
  return { pending: '·', running: '▸', done: '✔', failed: '✘', cancelled: '✘' }[state];
}
