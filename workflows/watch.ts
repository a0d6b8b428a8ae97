import { defineSearchAttributeKey } from '@temporalio/common';
import { isCancellation, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { drifted, FailureType } from '../contracts/core/failures';
import { DRIFT_ATTRIBUTES, MEMO } from '../contracts/core/names';
import type { Watched } from '../contracts/run/drift';
import type { Choices } from '../contracts/run/run-ref';
import { listed } from '../contracts/run/summaries';
import { healUnderLock } from './heal';
import { inWords, look } from './look';
import { endOf, isOfType, phaseFailure } from './phase-failure';
import { Run } from './run';

const driftKey = defineSearchAttributeKey(DRIFT_ATTRIBUTES.count, 'INT');
const inStepKey = defineSearchAttributeKey(DRIFT_ATTRIBUTES.inStepAt, 'DATETIME');

/**
 * Looks whether an environment is still as a bootstrap left it, and ends with what it saw: `in step`, `drifted`, or
 * `unobserved` where it could not see all of it. It changes nothing and holds no lock, but for `onDrift: heal`: then what
 * needs no decision is repaired under the lock, and what was seen after that is its end.
 */
export async function watch(input: Choices = {}): Promise<Watched> {
  let run: Run | undefined;
  try {
    run = await Run.start(input, ['look'], { changes: listed([]), startedBy: undefined });
    const known = run;
    const seen = await run.phase('look', () => look(known), inWords);
    const last = await healed(run, seen);
    if (last.tells === true) await tell(run, last);
    return end(run, last);
  } catch (error) {
    const failure = endOf(error);
    if (!isOfType(failure, FailureType.drifted)) run?.stop(failure);
    throw failure;
  }
}

async function healed(run: Run, seen: Watched): Promise<Watched> {
  if (run.start.onDrift !== 'heal' || Object.keys(seen.heals).length === 0) return seen;
  run.addPhase('heal');
  const after = await run.phase(
    'heal',
    () => healUnderLock(run, seen),
    ({ note }) => note,
  );
  return after.seen;
}

/** An endpoint that takes nothing keeps no look from its end; the next one tries again. */
async function tell(run: Run, seen: Watched): Promise<void> {
  run.addPhase('notify');
  const send = () =>
    run.step('notify', 'whoever is to be told', (host) =>
      host.tellChange({ ...run.ref, dryRun: true }, seen),
    );
  await run.phase(
    'notify',
    () =>
      send().then(
        () => 'told',
        (error: unknown) => {
          if (isCancellation(error)) throw error;
          return `not told: ${phaseFailure(error).message}`;
        },
      ),
    (note) => note,
  );
}

/** What the look saw, for whoever searches or looks when no worker is alive. */
function show({ start }: Run, { drifts, inStepAt }: Watched): void {
  upsertMemo({ [MEMO.drifts]: [`${drifts.count}`, ...drifts.first], [MEMO.inStepAt]: inStepAt ?? '' });
  if (start.driftAttributes !== true) return;
  const since = inStepAt === undefined ? [] : [{ key: inStepKey, value: new Date(inStepAt) }];
  upsertSearchAttributes([{ key: driftKey, value: drifts.count }, ...since]);
}

function end(run: Run, seen: Watched): Watched {
  const { environment } = run.ref;
  const { outcome, drifts, heals, unobserved } = seen;
  show(run, seen);
  const repair =
    Object.keys(heals).length === 0
      ? ''
      : `; to repair what needs no decision: onex-bootstrap watch -e ${environment} --now --on-drift heal`;
  const next = {
    'in step': 'nothing to do',
    drifted: `to see all of it: onex-bootstrap watch -e ${environment}${repair}`,
    unobserved: `to see what keeps from looking: onex-bootstrap doctor -e ${environment}`,
  }[outcome];
  run.finish(outcome, next, [...drifts.first, ...unobserved.first]);
  if (outcome !== 'drifted' || run.start.onDrift !== 'fail') return seen;
  const more = drifts.count > 3 ? ` and ${drifts.count - 3} more` : '';
  throw drifted(
    `${environment} is not as declared: ${drifts.first.slice(0, 3).join('; ')}${more}. Next: ${next}`,
  );
}
