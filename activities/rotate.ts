import { badInput, refused } from '../contracts/core/failures';
import { ROTATED, type Switched } from '../contracts/run/rotation';
import type { RunRef } from '../contracts/run/run-ref';
import type { Changed } from '../contracts/run/summaries';
import type { Environment } from '../environment/environment';
import { rotateCodecKey } from '../environment/files/codec-key-file';
import { newSecret } from '../environment/files/new-secret';
import {
  endRotations,
  forgetGivenValue,
  keepRotation,
  readGivenValue,
  readRotation,
} from '../environment/files/rotations';
import type { Host } from '../environment/host';
import { currentProgress } from '../environment/progress';
import { rotateKey } from '../infisical/access/rotate-key';
import {
  refusesToken,
  replaceCopies,
  rotateAdmin,
  rotateClientSecrets,
  runtimeToken,
  type RotationSteps,
} from '../infisical/access/rotations';
import { attempt } from '../infisical/problem';
import { isStackRotation, rotateStackSecret } from '../stack/engine/rotate-secret';

/** Credentials made anew, one step each; any number of times, until they are ended. */
export const rotationActivities = (host: Host) => {
  const step =
    <T>(what: string, work: (steps: RotationSteps) => Promise<T>) =>
    async (run: RunRef, name: string, value?: string): Promise<T> => {
      const environment = await host.open(run);
      return attempt(`${what} ${name}`, async () => work(await stepsOf(environment, name, value)));
    };
  return {
    /** The new one of that name, beside the old one. BadInput and Refused say why there can be none. */
    prepareRotation: step('preparing a new', async ({ prepare }): Promise<Changed> => {
      return { changes: await prepare() };
    }),

    /** The readers of that name get the new one. */
    switchRotation: step('switching', ({ change }): Promise<Switched> => change()),

    /** Others have a copy of it: they get the new one too. */
    passRotation: step('passing on', async ({ pass }): Promise<Changed> => {
      return { changes: (await pass?.()) ?? [] };
    }),

    /** The old one of that name is dead. */
    retireRotation: step('retiring the old', async ({ retire }): Promise<Changed> => {
      return { changes: await retire() };
    }),

    /** Nothing is under way for these names any more. */
    async endRotations(run: RunRef, names: readonly string[], value?: string): Promise<void> {
      const { stateDir } = await host.open(run);
      await endRotations(stateDir, names);
      if (value !== undefined) await forgetGivenValue(stateDir, value);
    },
  };
};

const NO_OTHER_KEY = ['encryption-key', 'ENCRYPTION_KEY', 'INFISICAL_ENCRYPTION_KEY', 'ROOT_ENCRYPTION_KEY'];

async function stepsOf(environment: Environment, name: string, value?: string): Promise<RotationSteps> {
  if (NO_OTHER_KEY.includes(name))
    throw badInput(
      'ENCRYPTION_KEY cannot be rotated: Infisical has encrypted everything in its database with it and knows no way to another one. In place of it, bring up a second environment (onex-bootstrap up -e NAME), which makes a key of its own, seed it, and have the services read there.',
    );
  if (name === 'client-secrets')
    return rotateClientSecrets(environment, await environment.infisicalAddress(), currentProgress());
  if (name === 'admin-password')
    return rotateAdmin(environment, await environment.infisicalAddress(), currentProgress());
  if (name === 'codec-key') {
    const { stateRoot, stateDir, configuration } = environment;
    return rotateCodecKey(stateRoot, stateDir, configuration.codecKeyFile);
  }
  if (isStackRotation(name)) return ofStack(environment, name);
  if (/[a-z]-[a-z]/.test(name) && !name.includes('/'))
    throw badInput(`${name} is nothing that can be rotated. There are ${ROTATED.join(', ')}.`);
  return ofKey(environment, name, value);
}

async function ofStack(
  environment: Environment,
  name: Parameters<typeof rotateStackSecret>[1]['name'],
): Promise<RotationSteps> {
  const stack = await environment.stack();
  const { stateDir } = environment;
  const variables = environment.stackVariables();
  const steps = rotateStackSecret(stack, { engine: environment.engine(), name, stateDir, variables });
  const signsTokens = name === 'auth-secret';
  return {
    prepare: async () => {
      const changes = await steps.prepare();
      const { old } = await readRotation(stateDir, name);
      if (!signsTokens || old['token'] !== undefined) return changes;
      const token = await runtimeToken(environment, currentProgress());
      if (token !== undefined)
        await keepRotation(stateDir, name, { old: { ...old, token: { secret: token } } });
      return changes;
    },
    change: async () => ({ ...(await steps.change()), then: 'services' }),
    pass: async () => {
      const values = await steps.values();
      return values === undefined ? [] : replaceCopies(environment, values, currentProgress());
    },
    retire: async () => {
      const { secret: token } = (await readRotation(stateDir, name)).old['token'] ?? {};
      if (token === undefined) return steps.retire();
      if (await refusesToken(environment, token, currentProgress()))
        return ['Infisical refuses tokens and sessions of before: whoever had one logs in again'];
      throw refused(
        'Infisical still takes a token that the old AUTH_SECRET signed: does it read the secret at all?',
      );
    },
  };
}

async function ofKey(environment: Environment, name: string, value?: string): Promise<RotationSteps> {
  const key = name.slice(name.lastIndexOf('/') + 1);
  if (key === 'POSTGRES_PASSWORD' && environment.external === undefined)
    throw badInput(
      `${key} is that of the stack: onex-bootstrap rotate postgres-password -e ${environment.environment}`,
    );
  const format = (await environment.declared()).registry.generate.get(key);
  const steps = rotateKey({
    place: environment,
    name,
    given: value === undefined ? undefined : await readGivenValue(environment.stateDir, value),
    generated: () => Promise.resolve(format === undefined ? undefined : newSecret(format)),
    allowKeys: environment.declaration.allowKeys,
    progress: currentProgress(),
  });
  return { ...steps, change: async () => ({ ...(await steps.change()), then: 'nodes' as const }) };
}
