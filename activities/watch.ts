import { createHash } from 'node:crypto';
import { badInput } from '../contracts/core/failures';
import { summaryOf, type Drift, type Finding, type Watched } from '../contracts/run/drift';
import type { RunRef } from '../contracts/run/run-ref';
import type { Environment } from '../environment/environment';
import type { Host } from '../environment/host';
import { readNotified } from '../environment/notify';
import { currentRun } from '../environment/progress';
import { changeWatchState, type Accepted, type WatchState } from '../environment/watch-state';
import { ages, certificate, identities, infisical } from './checks/access';
import { backups } from './checks/backups';
import { findingsOf, type Check } from './checks/check';
import { hostChecks } from './checks/hosts';
import { declaredFiles, engine, services, stateDirectory } from './checks/machine';
import { nodeFiles, secrets } from './checks/secrets';

// A listing of ten thousand secrets takes seconds, and an Infisical that is away is asked for ten of them.
const DEADLINE_MS = 60_000;

/** Whether an environment is still as a bootstrap left it. */
export const watchActivities = (host: Host) => ({
  /**
   * Looks at everything that a bootstrap ensures and changes nothing of it. `accept` are digests of drifts, or that of a
   * whole look, that count as well from now on, for as long as they are seen as they are now.
   */
  async lookAround(run: RunRef, accept: { digests: string[]; by: string }): Promise<Watched> {
    const environment = await host.open(run);
    const key = await environment.key();
    const checks = { ...checksOf(environment, run, host), ...(await hostChecks(environment)) };
    const findings = await findingsOf(checks, { key, deadlineMs: DEADLINE_MS });
    const at = new Date().toISOString();
    const isNotified = (await readNotified(environment.stateDir)) !== undefined;
    const watched = await changeWatchState(environment.stateDir, (before) => {
      const accepted = acceptedOf(before, findings, { ...accept, at, environment: environment.environment });
      const summary = summaryOf(findings, new Set(accepted.map(({ digest }) => digest)));
      const inStepAt = summary.outcome === 'in step' ? at : before.inStepAt;
      const { workflowId } = currentRun();
      const last = { at, workflowId, outcome: summary.outcome, findings };
      const digest = digestOf(findings, accepted);
      // who was told of nothing yet is not told that all is well
      const told = before.told ?? (summary.outcome === 'in step' ? digest : undefined);
      return {
        state: { ...before, last, accepted, inStepAt, told },
        result: {
          ...summary,
          digest,
          ...(isNotified && told !== digest && { tells: true as const }),
          ...(inStepAt !== undefined && { inStepAt }),
        },
      };
    });
    return watched;
  },
});

function checksOf(environment: Environment, run: RunRef, host: Host): Record<string, Check> {
  return {
    'state directory': () => stateDirectory(environment),
    backups: () => backups(environment),
    files: () => declaredFiles(environment),
    ...(environment.hasStack && {
      engine: () => engine(environment),
      services: () => services(environment),
    }),
    infisical: () => infisical(environment),
    certificate: () => certificate(environment),
    identities: () => identities(environment),
    ages: () => ages(environment),
    secrets: () => secrets(environment, run, host),
    'node files': () => nodeFiles(environment, run),
  };
}

const driftsIn = (findings: readonly Finding[]): Drift[] =>
  findings.flatMap((finding) => (finding.state === 'drifted' ? finding.drifts : []));

/** Names what was seen as a whole: another one is another state. */
function digestOf(findings: readonly Finding[], accepted: readonly Accepted[]): string {
  const known = new Set(accepted.map(({ digest }) => digest));
  const digests = driftsIn(findings).map(({ digest }) => digest);
  const unseen = findings.filter(({ state }) => state === 'unobserved').map(({ check }) => check);
  const whole = JSON.stringify([digests.filter((digest) => !known.has(digest)).sort(), unseen.sort()]);
  return createHash('sha256').update(whole).digest('hex').slice(0, 12);
}

/** What is accepted from now on. An acceptance ends when its drift is not seen any more where everything was looked at. */
function acceptedOf(
  { accepted: before }: WatchState,
  findings: readonly Finding[],
  {
    digests,
    by,
    at,
    environment,
  }: { digests: readonly string[]; by: string; at: string; environment: string },
): Accepted[] {
  const drifts = driftsIn(findings);
  const isWhole = findings.every(({ state }) => state !== 'unobserved');
  const kept = before.filter(({ digest }) => !isWhole || drifts.some((drift) => drift.digest === digest));
  const all = digestOf(findings, kept);
  const known = new Set(kept.map(({ digest }) => digest));
  const fresh = new Map<string, Drift>();
  for (const wanted of digests) {
    const meant = drifts.filter(({ digest, heals }) => digest === wanted || (wanted === all && !heals));
    if (meant.length === 0)
      throw badInput(
        `Nothing that is seen now has the digest ${wanted}: it is over, or another one by now. Look again: onex-bootstrap watch -e ${environment} --now`,
      );
    for (const drift of meant) {
      if (drift.heals)
        throw badInput(
          `${drift.kind} ${drift.name} (${drift.is}) needs no decision, so there is nothing to accept: onex-bootstrap watch -e ${environment} --now --on-drift heal repairs it.`,
        );
      fresh.set(drift.digest, drift);
    }
  }
  const added = [...fresh.values()].filter(({ digest }) => !known.has(digest));
  return [
    ...kept,
    ...added.map(({ kind, name, is, digest }) => ({ digest, what: `${kind} ${name}: ${is}`, at, by })),
  ];
}
