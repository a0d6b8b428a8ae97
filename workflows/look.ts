import type { Watched } from '../contracts/run/drift';
import type { Run } from './run';

/** One look at everything; it changes nothing. */
export const look = (run: Run): Promise<Watched> =>
  run.step('look', 'a look at everything', (host) =>
    host.lookAround({ ...run.ref, dryRun: true }, { digests: run.start.accept ?? [], by: run.startedBy }),
  );

/** What a look saw, in a few words. */
export const inWords = ({ outcome, drifts, unobserved, accepted }: Watched): string =>
  [
    outcome,
    ...(drifts.count > 0 ? [`${drifts.count} drifts`] : []),
    ...(unobserved.count > 0 ? [`${unobserved.count} not observed`] : []),
    ...(accepted > 0 ? [`${accepted} accepted`] : []),
  ].join(', ');
