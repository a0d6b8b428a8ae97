import type Docker from 'dockerode';
import { rm } from 'node:fs/promises';
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { badInput, refused, unavailable } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';
import { createFileOnce, writeFileAtomic } from '../../environment/files/atomic';
import { newSecret } from '../../environment/files/new-secret';
import { keepRotation, noteSwitched, readRotation } from '../../environment/files/rotations';
import { loginSecret } from '../compose/ready';
import type { Ready, Service, Stack, StackSecret } from '../compose/stack';
import { engineCall } from './engine-error';
import { ensureStackSecrets } from './ensure-stack-secrets';
import { volumeLabelsOf } from './volume-owner';
import { inPostgres, probe } from './probe';
import { nextFile, readNextSecret, readStackSecret } from './stack-secrets';
import { fingerprintLabel, keyFingerprints, saveProvenKeys } from './volume-keys';

const NAMES = {
  'postgres-password': 'postgres',
  'valkey-password': 'valkey',
  'auth-secret': 'auth_secret',
} as const;

/** Rotations of secrets that the stack's services start with. */
export type StackRotation = keyof typeof NAMES;

export const isStackRotation = (name: string): name is StackRotation => Object.hasOwn(NAMES, name);

interface Input {
  engine: Docker;
  name: StackRotation;
  stateDir: string;
  /** The operator's variables, which must not say another value. */
  variables: ReadonlyMap<string, Secret>;
}

/**
 * A secret of the stack made anew in its file. Services have one value of it at a time: they are started with the new one
 * by whoever ensures them, and until then a login works with the one of the file or with the next one.
 */
export function rotateStackSecret(stack: Stack, { engine, name, stateDir, variables }: Input) {
  const { secret, service } = find(stack, name);
  const { origin } = secret;
  if (origin.kind !== 'generated')
    throw refused(
      `${secret.name} in ${stack.file ?? 'the stack'} is not generated here: write its new value to ${secret.file}, change it in its service, and run onex-bootstrap up.`,
    );
  const { from, format } = origin;
  if (from !== undefined && variables.get(from)?.isBlank === false)
    throw badInput(
      `${from} is set, and would be the value again: leave it out, declare without it (onex-bootstrap declare), and rotate.`,
    );
  const before = async () => (await readRotation(stateDir, name)).old[secret.name]?.secret;

  return {
    /** The value of before, and the one of the file; undefined where nothing is under way. */
    values: async () => {
      const old = await before();
      return old && { old, next: await readStackSecret(stack, secret.name) };
    },

    prepare: async (): Promise<string[]> => {
      const current = await readStackSecret(stack, secret.name);
      const old = await before();
      if (old !== undefined && !old.equals(current)) return []; // an earlier run has switched it
      await keepRotation(stateDir, name, {
        old: { [secret.name]: { secret: current } },
        switchedAt: undefined,
      });
      await createFileOnce(nextFile(secret), newSecret(format).reveal());
      return [];
    },

    change: async () => {
      const old = await before();
      const next = await readNextSecret(secret);
      if (next !== undefined && old !== undefined) {
        if (service?.ready?.protocol === 'postgres') await setPostgresPassword(service.ready, { old, next });
        await writeFileAtomic(secret.file, next.reveal(), { mode: secret.mode });
      }
      await ensureStackSecrets(stack, { variables: new Map() }); // what is rendered of it
      await engineCall(() => acceptAsKey(engine, stack, secret.name, stateDir));
      await rm(nextFile(secret), { force: true });
      return { changes: [`wrote a new ${secret.name}`], at: await noteSwitched(stateDir, name) };
    },

    /** Of a secret that a service is logged in to with. */
    retire: async (): Promise<string[]> => {
      const old = await before();
      if (service?.ready === undefined || old === undefined) return [];
      const [then, now] = [
        await probe(service.ready, old),
        await probe(service.ready, await readStackSecret(stack, secret.name)),
      ];
      if (now.state !== 'ready' || then.state === 'waiting')
        throw unavailable(`${service.name} does not let us in with its new password yet.`);
      if (then.state === 'ready')
        throw refused(`${service.name} still lets us in with its old password: does it ask for one at all?`);
      return [`${service.name} refuses the old ${secret.name}`];
    },
  };
}

/** Volumes that this secret opens are opened by its new value from now on. */
async function acceptAsKey(engine: Docker, stack: Stack, name: string, stateDir: string): Promise<void> {
  for (const volume of Object.values(stack.volumes).filter(({ keys }) => keys.includes(name))) {
    const label = (await volumeLabelsOf(engine, volume.engineName))?.[fingerprintLabel(name)];
    const fingerprint = (await keyFingerprints(stack, volume, { stateDir }))[name];
    if (label !== undefined && fingerprint !== undefined)
      await saveProvenKeys(stateDir, volume.engineName, { [name]: { fingerprint, label } });
  }
}

/** The secret that is meant, and the service that is logged in to with it. */
function find(stack: Stack, name: StackRotation): { secret: StackSecret; service?: Service } {
  const services = Object.values(stack.services);
  const service = services.find(
    (each) => each.ready?.protocol === NAMES[name] && loginSecret(each) !== undefined,
  );
  const secret = stack.secrets[(service && loginSecret(service)) ?? NAMES[name]];
  if (secret !== undefined) return service === undefined ? { secret } : { secret, service };
  throw badInput(
    `${stack.file ?? 'The stack'} keeps no ${name} in a secret of its own: change it where it is set, and run onex-bootstrap up.`,
  );
}

const WRONG_PASSWORD = '28P01';
const ITERATIONS = 4096; // PostgreSQL's own

/**
 * Gives a role its next password, where it has not got it yet. What is sent is the verifier that the server would keep of
 * it, as psql's \password sends it: the password itself stands in no statement, and in no log of one.
 */
async function setPostgresPassword(
  ready: Extract<Ready, { protocol: 'postgres' }>,
  { old, next }: { old: Secret; next: Secret },
): Promise<void> {
  const found = await probe(ready, next);
  if (found.state === 'ready') return;
  // whoever listens there may be a stranger, who gets no login
  if (found.state === 'waiting') throw unavailable(`Postgres cannot be asked: ${found.reason}.`);
  const { user } = ready;
  try {
    await inPostgres(ready, old, (client) =>
      client.query(
        `ALTER ROLE ${client.escapeIdentifier(user)} PASSWORD ${client.escapeLiteral(verifierOf(next))}`,
      ),
    );
  } catch (cause) {
    if ((cause as { code?: string }).code === WRONG_PASSWORD)
      throw refused(
        `Postgres lets ${user} in with neither the old nor the new password of this rotation. Set the one of its file: \\password in psql, within the container.`,
      );
    throw unavailable(`Postgres did not take a new password for ${user}.`, { cause });
  }
}

/** RFC 5803, as PostgreSQL writes it. The password must be ASCII, as generated ones are. */
function verifierOf(password: Secret): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password.reveal(), salt, ITERATIONS, 32, 'sha256');
  const keyed = (name: string) => createHmac('sha256', salted).update(name).digest();
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64');
  const server = keyed('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${server}`;
}
