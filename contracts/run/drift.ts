import { listed, type Listed, type Outcome } from './summaries';

/** One thing that is not as a bootstrap leaves it. */
export interface Drift {
  kind: 'engine' | 'container' | 'identity' | 'secret' | 'node file' | 'file' | 'instance' | 'condition';
  name: string;
  /** How it is, in words: `missing`, `stopped`, `differs from the value given`. */
  is: string;
  /** Whether it is repaired without anybody's decision. */
  heals: boolean;
  /** What puts it right, where `up` does not. */
  mend?: string;
  /** 12 hexadecimal digits of exactly this, as it was seen: another value of the same secret has others. */
  digest: string;
}

/** What one look found: that all is well, what is not, or why it could not be seen. */
export type Finding = { check: string } & (
  | { state: 'fine'; what: string }
  | { state: 'drifted'; what: string; drifts: Drift[] }
  | { state: 'unobserved'; what: string; mend?: string }
);

export type WatchOutcome = 'in step' | 'drifted' | 'unobserved';

/** How a run of whatever workflow may end. */
export type Ended = Outcome | WatchOutcome | 'failed' | 'cancelled';

/** A look at everything, in bounded size; the whole of it is on the host. */
export interface Watched {
  outcome: WatchOutcome;
  /** What is not as declared and was not accepted, in words with its digest. */
  drifts: Listed;
  /** Of those, the ones that are repaired without a decision, by their kinds. */
  heals: Partial<Record<Drift['kind'], string[]>>;
  /** Containers that are not repaired before somebody decides. */
  decide: string[];
  /** What could not be looked at, and why. */
  unobserved: Listed;
  accepted: number;
  /** Names the state as a whole: where it is the one of before, nobody is told again. */
  digest: string;
  /** Whether somebody is to be told, since the state is another one than they were told last. */
  tells?: true;
  /** When everything was as declared last, as ISO 8601. */
  inStepAt?: string;
}

const told = ({ kind, name, is, digest }: Drift) => `${kind} ${name}: ${is} [${digest}]`;

/** What crosses Temporal of a look. `accepted` are digests of drifts that somebody accepted. */
export function summaryOf(
  findings: readonly Finding[],
  accepted: ReadonlySet<string>,
): Omit<Watched, 'digest' | 'inStepAt' | 'tells'> {
  const all = findings.flatMap((finding) => (finding.state === 'drifted' ? finding.drifts : []));
  const drifts = all.filter(({ digest }) => !accepted.has(digest));
  const unobserved = findings.flatMap(({ state, check, what }) =>
    state === 'unobserved' ? [`${check}: ${what}`] : [],
  );
  const heals: Watched['heals'] = {};
  for (const { kind, name, heals: isHealed } of drifts) if (isHealed) (heals[kind] ??= []).push(name);
  for (const [kind, names] of Object.entries(heals)) heals[kind as Drift['kind']] = listed(names).first;
  const decide = drifts.filter(({ kind, heals: isHealed }) => kind === 'container' && !isHealed);
  return {
    outcome: drifts.length > 0 ? 'drifted' : unobserved.length > 0 ? 'unobserved' : 'in step',
    drifts: listed(drifts.map(told)),
    heals,
    decide: listed(decide.map(({ name }) => name)).first,
    unobserved: listed(unobserved),
    accepted: all.length - drifts.length,
  };
}
