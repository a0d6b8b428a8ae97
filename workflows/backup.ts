import type { BackupSummary } from '../contracts/run/summaries';
import type { Choices } from '../contracts/run/run-ref';
import { asWriter, type Carried } from './one-writer';
import { stackIfLost, standing } from './phases/recovery';

/** One encrypted file with all that an environment is made of, in the folder that its host declares for that. */
export function backup(
  input: Choices = {},
  carried?: Carried,
): Promise<BackupSummary & { outcome: 'complete' }> {
  return asWriter(input, carried, ['backup'], async (run) => {
    const made = await run.phase(
      'backup',
      () =>
        standing(run, stackIfLost(run), (limits) =>
          run.step(
            'copy',
            'the databases and the state to be copied',
            (host) => host.makeBackup(run.ref),
            limits,
          ),
        ),
      ({ file, rows, bytes }) => `${file}: ${rows} rows, ${bytes} bytes`,
    );
    run.finish(
      'complete',
      `to prove that it can be restored: onex-bootstrap drill -e ${run.ref.environment}`,
    );
    return { ...made, outcome: 'complete' as const };
  });
}
