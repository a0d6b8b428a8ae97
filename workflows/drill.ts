import { CancellationScope } from '@temporalio/workflow';
import type { Choices } from '../contracts/run/run-ref';
import { shortened, type DrillEnd, type DrillSummary } from '../contracts/run/summaries';
import { asWriter, type Carried } from './one-writer';
import { endOf } from './phase-failure';
import { ENGINE_ONLY, standing } from './phases/recovery';
import type { Run } from './run';

const TRIES = 3; // a worker that was killed, a moment's outage; what lasts is what the drill is to find
const MOST_PROBLEM = 500;

/**
 * Restores the newest backup into a scratch stack beside the real one, logs in there, and compares rows and secrets. The scratch
 * stack is taken away however it ends; the end is kept as a report. Where somebody else runs Infisical, the file is read as a whole.
 */
export function drill(
  input: Choices = {},
  carried?: Carried,
): Promise<DrillSummary & { outcome: 'complete' }> {
  return asWriter(input, carried, ['databases', 'secrets', 'removal'], async (run) => {
    let restored: DrillSummary | undefined;
    try {
      restored = await run.phase(
        'databases',
        () =>
          run.step('copy', 'the newest backup to be restored aside', (host) => host.drillDatabases(run.ref), {
            tries: TRIES,
          }),
        ({ file, rows, tables }) =>
          run.ownsStack
            ? `${file}: ${rows} rows in ${tables} tables as backed up`
            : `${file}: read as a whole, no database in it`,
      );
      const { secrets } = restored;
      await run.phase(
        'secrets',
        async () => {
          if (!run.ownsStack) return;
          await run.step('infisical', 'a login at what was restored', (host) => host.drillSecrets(run.ref), {
            tries: TRIES,
          });
        },
        () => (run.ownsStack ? `logged in; ${secrets} secrets as backed up` : 'somebody else runs Infisical'),
      );
    } catch (error) {
      const problem = shortened(endOf(error).message, MOST_PROBLEM);
      await remove(run, { ok: false, problem, ...(restored !== undefined && { file: restored.file }) });
      throw error;
    }
    await remove(run, { ok: true, file: restored.file });
    run.finish('complete', `${restored.file} can be ${run.ownsStack ? 'restored' : 'read as a whole'}`);
    return { ...restored, outcome: 'complete' as const };
  });
}

const remove = (run: Run, end: DrillEnd) =>
  CancellationScope.nonCancellable(() =>
    run.phase(
      'removal',
      () =>
        standing(run, ENGINE_ONLY, (limits) =>
          run.step(
            'service',
            'the scratch stack to be taken away',
            (host) => host.endDrill(run.ref, end),
            limits,
          ),
        ),
      () => 'nothing of it is left',
    ),
  );
