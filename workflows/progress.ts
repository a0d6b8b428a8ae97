import type { Listed, PendingPlan } from '../contracts/run/summaries';

export type PhaseState =
  | { state: 'pending' }
  | { state: 'running'; waitingFor: string }
  | { state: 'done'; note: string }
  | { state: 'failed'; reason: string }
  | { state: 'cancelled' };

export interface PhaseProgress {
  name: string;
  phase: PhaseState;
}

/** What the query `progress` answers. */
export interface Progress {
  environment: string;
  phases: PhaseProgress[];
  /** What is being waited for at this moment, with the reason; undefined between steps. */
  waitingFor: string | undefined;
  changes: Listed;
  /** What waits for its approval. */
  plan?: PendingPlan;
}

/** Progress as the Markdown that the UI and `temporal workflow describe` show as current details. */
export function progressDetails({ environment, phases, changes, plan }: Progress): string {
  const lines = phases.map(({ name, phase }) => `- **${name}** ${describePhase(phase)}`);
  const { count } = changes;
  const done =
    count === 0 ? 'Nothing changed so far.' : `${count} ${count === 1 ? 'change' : 'changes'} so far.`;
  const asked =
    plan === undefined ? [] : ['', `Waits for the approval of \`${plan.digest}\`:`, ...planLines(plan)];
  return [`Environment \`${environment}\``, '', ...lines, '', done, ...asked].join('\n');
}

function planLines({ changes: { count, first } }: PendingPlan): string[] {
  const more = count > first.length ? [`- and ${count - first.length} more`] : [];
  return [...first.map((line) => `- ${line}`), ...more];
}

/** One phase in words, e.g. `waiting for postgres to accept a login`. */
export function describePhase(phase: PhaseState): string {
  switch (phase.state) {
    case 'pending':
      return 'not started';
    case 'running':
      return phase.waitingFor;
    case 'done':
      return `done: ${phase.note}`;
    case 'failed':
      return `failed: ${phase.reason}`;
    case 'cancelled':
      return 'cancelled';
    default:
      return phase satisfies never;
  }
}

/** A phase as a run's memo tells of it, `NAME: WORDS`; undefined for anything else. */
export function phaseTold(line: string): PhaseProgress | undefined {
  const [, name, words] = /^(.*?): (.*)$/s.exec(line) ?? [];
  if (name === undefined || words === undefined) return undefined;
  const [, state, rest = ''] = /^(done|failed): (.*)$/s.exec(words) ?? [];
  if (state === 'done') return { name, phase: { state, note: rest } };
  if (state === 'failed') return { name, phase: { state, reason: rest } };
  if (words === describePhase({ state: 'cancelled' })) return { name, phase: { state: 'cancelled' } };
  if (words === describePhase({ state: 'pending' })) return { name, phase: { state: 'pending' } };
  return { name, phase: { state: 'running', waitingFor: words } };
}
