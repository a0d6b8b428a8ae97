import type { BootstrapReport } from '../contracts/run/summaries';
import type { Choices } from '../contracts/run/run-ref';
import { allPhases, PHASES } from './bootstrap';
import { asWriter, type Carried } from './one-writer';
import { ensureEngine } from './phases/preflight';
import { ENGINE_ONLY, standing } from './phases/recovery';

/** Loads the databases of a backup whose state was unpacked on the host (`onex-bootstrap restore`), then brings all up. */
export function restore(input: Choices = {}, carried?: Carried): Promise<BootstrapReport> {
  return asWriter(input, carried, ['databases', ...PHASES], async (run) => {
    await run.phase(
      'databases',
      async () => {
        if (run.ownsStack) await ensureEngine(run);
        const { changes } = await standing(run, ENGINE_ONLY, (limits) =>
          run.step('copy', 'the databases to be loaded', (host) => host.restoreDatabases(run.ref), limits),
        );
        run.note(changes);
        return changes;
      },
      (changes) =>
        changes.length === 0 ? 'nothing is being restored' : 'loaded, every row as in the backup',
    );
    return allPhases(run, input);
  });
}
