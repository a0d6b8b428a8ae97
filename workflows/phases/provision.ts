import type { IdentityFacts } from '../../contracts/run/summaries';
import type { Run } from '../run';
import { standing, type Ground } from './recovery';

/** First time only: administrator, project, a runtime identity that reads and a seeder that writes. */
export async function provision(run: Run, ground: Ground): Promise<IdentityFacts> {
  // The infrastructure phase has had an answer from ours; should it be lost since, the next steps bring it back.
  if (!run.ownsStack) await run.step('await', 'Infisical to answer', (host) => host.awaitInfisical(run.ref));
  const { changes, facts } = await standing(run, ground, (limits) =>
    run.step(
      'infisical',
      'administrator, project and identities',
      (host) => host.ensureIdentities(run.ref),
      limits,
    ),
  );
  run.note(changes);
  return facts;
}
