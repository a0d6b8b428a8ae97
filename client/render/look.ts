import type { Finding } from '../../contracts/run/drift';
import type { WatchState } from '../../environment/watch-state';
import type { Terminal } from '../terminal';

const MARKS = { fine: ['green', '✔'], drifted: ['red', '✘'], unobserved: ['yellow', '?'] } as const;

/** The newest look, check by check; each drift with the digest by which it is accepted. */
export function renderLook(
  { last, inStepAt, accepted }: WatchState,
  environment: string,
  terminal: Terminal,
): void {
  if (last === undefined)
    return terminal.line(`  never looked at: onex-bootstrap watch -e ${environment} --now`);
  const known = new Set(accepted.map(({ digest }) => digest));
  terminal.line(`  ${last.outcome}, looked at ${last.at}${since(last, inStepAt)}`);
  for (const finding of last.findings) {
    const isAccepted = finding.state === 'drifted' && finding.drifts.every(({ digest }) => known.has(digest));
    const [colour, mark] = MARKS[isAccepted ? 'fine' : finding.state];
    terminal.line(`${terminal.paint(colour, mark)} ${finding.check.padEnd(16)} ${finding.what}`);
    for (const line of driftLines(finding, known)) terminal.line(`  ${''.padEnd(16)} ${line}`);
  }
}

const since = ({ outcome }: { outcome: string }, inStepAt: string | undefined) =>
  outcome === 'in step' ? '' : `, in step ${inStepAt === undefined ? 'never yet' : `last at ${inStepAt}`}`;

function driftLines(finding: Finding, accepted: ReadonlySet<string>): string[] {
  if (finding.state !== 'drifted') return [];
  return finding.drifts.map(({ kind, name, is, heals, mend, digest }) => {
    const then = accepted.has(digest) ? 'accepted' : heals ? 'heals' : (mend ?? 'up puts it right');
    return `${kind} ${name}: ${is} [${digest}] (${then})`;
  });
}
