import type { DrillEnd, DrillSummary } from '../contracts/run/summaries';
import type { RunRef } from '../contracts/run/run-ref';
import { drillDatabases, noteDrill, startScratch } from '../environment/backup/drill';
import { removeScratch } from '../environment/backup/scratch';
import type { Host } from '../environment/host';
import { currentProgress } from '../environment/progress';
import { writeServer } from '../infisical/identity/state';
import { countSecrets, refuseOtherSecrets } from './backup';

/** Proof that a backup can be restored. */
export const drillActivities = (host: Host) => ({
  async drillDatabases(run: RunRef): Promise<DrillSummary> {
    return drillDatabases(host, await host.open(run), currentProgress());
  },

  /** Logs in at the scratch stack's Infisical and compares what is read there with the manifest. */
  async drillSecrets(run: RunRef): Promise<void> {
    const environment = await host.open(run);
    const { scratch, address, secrets } = await startScratch(host, environment, currentProgress());
    await writeServer(scratch.stateDir, { address, ofStack: true });
    const { stateDir, runtimeEnvFile, external, trust, variables } = scratch;
    const place = {
      environment: environment.environment,
      stateDir,
      runtimeEnvFile,
      external,
      trust,
      variables,
    };
    const found = await countSecrets(place, await environment.key());
    refuseOtherSecrets('The restored Infisical', found, secrets);
  },

  /** Takes the scratch stack away and keeps how the drill ended. */
  async endDrill(run: RunRef, { ok, file, problem }: DrillEnd): Promise<void> {
    const environment = await host.open(run);
    await removeScratch(environment, currentProgress());
    await noteDrill(environment.stateDir, {
      ok,
      at: new Date().toISOString(),
      ...(file !== undefined && { file }),
      ...(problem !== undefined && { problem }),
    });
  },
});
