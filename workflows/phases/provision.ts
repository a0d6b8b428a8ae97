import { patched } from '@temporalio/workflow';
import type { IdentityFacts } from '../../contracts/report/outlines';
import type { Run } from '../run';

/** First time only: administrator, project, a runtime identity that reads and a seeder that writes. */
export async function provision(run: Run, address: string): Promise<IdentityFacts> {
  const { settings } = run;
  // The infrastructure phase has had an answer from ours; should it be lost since, the next steps bring it back.
  const isOurs = settings.infrastructure.kind === 'stack' && patched('no wait for our own Infisical');
  if (!isOurs) await run.shared('awaitInfisical', 'await', `Infisical to answer at ${address}`)(address);

  const facts =
    (await run.host('adoptIdentity', 'infisical', 'the given identity to log in')(settings, address)) ??
    (await ensureIdentities(run, address));
  run.note((await run.host('writeRuntimeEnv', 'quick', 'the runtime’s env file')(settings, address)).changes);
  return facts;
}

async function ensureIdentities(run: Run, address: string): Promise<IdentityFacts> {
  const { changes, facts } = await run.host(
    'ensureIdentities',
    'infisical',
    'administrator, project and identities',
  )(run.settings, address);
  run.note(changes);
  return facts;
}
