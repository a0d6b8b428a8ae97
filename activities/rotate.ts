import { badInput } from '../contracts/core/failures';
import { ROTATED, type Switched } from '../contracts/run/rotation';
import type { RunRef } from '../contracts/run/run-ref';
import type { Changed } from '../contracts/run/summaries';
import type { Environment } from '../environment/environment';
import { endRotations } from '../environment/files/rotations';
import type { Host } from '../environment/host';
import { currentProgress } from '../environment/progress';
import { rotateClientSecrets, type RotationSteps } from '../infisical/access/rotations';
import { attempt } from '../infisical/problem';

/** Credentials made anew, one step each; any number of times, until they are ended. */
export const rotationActivities = (host: Host) => ({
  /** The new one of that name, beside the old one. BadInput and Refused say why there can be none. */
  async prepareRotation(run: RunRef, name: string): Promise<Changed> {
    const environment = await host.open(run);
    return attempt(`preparing a new ${name}`, async () => ({
      changes: await (await stepsOf(environment, name)).prepare(),
    }));
  },

  /** The readers of that name get the new one. */
  async switchRotation(run: RunRef, name: string): Promise<Switched> {
    const environment = await host.open(run);
    return attempt(`switching ${name}`, async () => (await stepsOf(environment, name)).change());
  },

  /** The old one of that name is dead. */
  async retireRotation(run: RunRef, name: string): Promise<Changed> {
    const environment = await host.open(run);
    return attempt(`retiring the old ${name}`, async () => ({
      changes: await (await stepsOf(environment, name)).retire(),
    }));
  },

  /** Nothing is under way for these names any more. */
  async endRotations(run: RunRef, names: readonly string[]): Promise<void> {
    await endRotations((await host.open(run)).stateDir, names);
  },
});

async function stepsOf(environment: Environment, name: string): Promise<RotationSteps> {
  switch (name) {
    case 'client-secrets':
      return rotateClientSecrets(environment, await environment.infisicalAddress(), currentProgress());
    case 'encryption-key':
      throw badInput(
        'ENCRYPTION_KEY cannot be rotated: Infisical has encrypted everything in its database with it and knows no way to another one. In place of it, bring up a second environment (onex-bootstrap up -e NAME), which makes a key of its own, seed it, and have the services read there.',
      );
    default:
      throw badInput(`${name} is nothing that can be rotated: ${ROTATED.join(', ')}.`);
  }
}
