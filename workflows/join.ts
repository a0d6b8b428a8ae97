import { refused } from '../contracts/core/failures';
import type { Admission } from '../contracts/run/hosts';
import type { Choices } from '../contracts/run/run-ref';
import { listed } from '../contracts/run/summaries';
import { endOf } from './phase-failure';
import { Run } from './run';

/** At the home: keeps what a host asks to be. It holds no lock: a host may ask while a run is under way. */
export async function join(input: Choices = {}): Promise<Admission> {
  let run: Run | undefined;
  try {
    run = await Run.start(input, ['join'], { changes: listed([]), startedBy: undefined });
    const known = run;
    const { ref } = known;
    const { host: claims } = input;
    if (claims === undefined) throw refused('A host that asks to join says who it is.');
    const admission = await run.phase(
      'join',
      () =>
        known.step('quick', `${claims.name} to be kept`, (host) =>
          host.askToJoin({ ...ref, dryRun: true }, claims),
        ),
      ({ state }) => (state === 'accepted' ? 'accepted' : 'waits to be accepted'),
    );
    const accept = `to accept it: onex-bootstrap hosts accept ${claims.name} DIGEST -e ${ref.environment}; the digest is what the host itself printed`;
    run.finish('complete', admission.state === 'accepted' ? 'nothing to do' : accept);
    return admission;
  } catch (error) {
    const failure = endOf(error);
    run?.stop(failure);
    throw failure;
  }
}
