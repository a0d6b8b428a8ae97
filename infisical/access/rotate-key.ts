import { someOf } from '../../contracts/core/some-of';
import { badInput, refused } from '../../contracts/core/failures';
import type { ObservedSecret } from '../../contracts/plan/places';
import { refusal } from '../../contracts/plan/refusal';
import type { Secret } from '../../contracts/core/secret';
import { keepRotation, noteSwitched, readRotation } from '../../environment/files/rotations';
import { asStep, type StepProgress } from '../http';
import { listSecrets, writeSecrets } from '../secrets/secrets';
import { openStore } from './access';
import type { AccessPlace } from './credentials';
import type { RotationSteps } from './rotations';

interface KeyInput {
  place: Parameters<typeof openStore>[0] & Pick<AccessPlace, 'environment' | 'stateDir'>;
  /** KEY, or /folder/KEY. */
  name: string;
  /** The new value that was given; it takes the place of one that an earlier run prepared. */
  given: Secret | undefined;
  /** A random one, where the registry says of which form. */
  generated: () => Promise<Secret | undefined>;
  /** Keys that are written although they tell programs what to do. */
  allowKeys?: readonly string[] | undefined;
  progress?: StepProgress;
}

/**
 * A key in Infisical gets another value, at its one place. It has one value at a time: who reads it there gets the new one
 * from then on. What the old one opens is ended where it was issued.
 */
export function rotateKey({
  place,
  name,
  given,
  generated,
  allowKeys,
  progress = {},
}: KeyInput): RotationSteps {
  const { stateDir, environment } = place;
  const open = async (role: 'seeder' | 'runtime') => {
    const store = await openStore(place, role, asStep(progress));
    if (store === undefined)
      throw refused(`${environment} has no Infisical yet: run onex-bootstrap up -e ${environment}`);
    return store;
  };
  const held = async (role: 'seeder' | 'runtime') => {
    const { session, scope } = await open(role);
    return only(name, await listSecrets(session, scope), environment);
  };
  return {
    prepare: async () => {
      const current = await held('seeder');
      const at = placeOf(current);
      const { fresh } = await readRotation(stateDir, name);
      const pending = fresh[at]?.secret;
      if (pending !== undefined && (given === undefined || given.equals(pending))) return [];
      const secret = given ?? (await generated());
      if (secret === undefined)
        throw badInput(
          `There is no new value for ${at}: give one with --value FILE (- is standard input), or have the registry generate it (generate: { ${current.key}: hex-32 }).`,
        );
      const problem = refusal(current.key, secret, { allowKeys });
      if (problem !== undefined) throw badInput(`The new value of ${at} is not written: ${problem}.`);
      const old = { secret: current.value };
      const begun = { fresh: { [at]: { secret } }, old: { [at]: old }, switchedAt: undefined };
      await keepRotation(stateDir, name, begun);
      return [];
    },

    change: async () => {
      const { session, scope } = await open('seeder');
      const current = only(name, await listSecrets(session, scope), environment);
      const at = placeOf(current);
      const { fresh, old } = await readRotation(stateDir, name);
      const secret = fresh[at]?.secret;
      if (secret === undefined) throw refused(`${at} is not the place that this rotation began with.`);
      if (!current.value.equals(secret)) {
        if (old[at]?.secret.equals(current.value) !== true)
          throw refused(
            `${at} was changed by somebody since this rotation began, and is left as it is. To rotate that value: the same command again.`,
          );
        await writeSecrets(session, scope, [{ ...current, action: 'UPDATE', value: secret }]);
      }
      const read = await held('runtime');
      if (!read.value.equals(secret))
        throw refused(`The runtime identity reads another ${at} than was written.`);
      return { changes: [`wrote a new ${at}`], at: await noteSwitched(stateDir, name) };
    },

    retire: async () => {
      const read = await held('runtime');
      const at = placeOf(read);
      const { old } = await readRotation(stateDir, name);
      if (old[at]?.secret.equals(read.value) === true)
        throw refused(`${at} holds its old value again: somebody wrote it back.`);
      return [`${at} reads as the new value; what the old one opens is ended where it was issued`];
    },
  };
}

const placeOf = ({ folder, key }: Pick<ObservedSecret, 'folder' | 'key'>) =>
  `${folder === '/' ? '' : folder}/${key}`;

/** The one secret of that name; BadInput tells of none, and of several. */
function only(name: string, secrets: readonly ObservedSecret[], environment: string): ObservedSecret {
  const found = secrets.filter((secret) => (name.startsWith('/') ? placeOf(secret) : secret.key) === name);
  const [one, ...others] = found;
  if (one !== undefined && others.length === 0) return one;
  if (one === undefined)
    throw badInput(
      `There is no secret ${name} in ${environment}. To see those that are there: onex-bootstrap secrets list -e ${environment}`,
    );
  const places = someOf(found.map(placeOf));
  throw badInput(`${name} is in ${found.length} places of ${environment}: name one of ${places}.`);
}
