import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import stringify from 'safe-stable-stringify';
import { z } from 'zod';
import { refused } from '../contracts/core/failures';
import { heldVariables } from '../stack/compose/secret-values';
import { engineSchema } from '../stack/engine/engine-address';
import { servesSchema } from '../contracts/run/hosts';
import { keyedDigest } from '../contracts/core/keyed-digest';
import { named } from '../contracts/core/named';
import { byName } from '../contracts/core/record';
import { Secret } from '../contracts/core/secret';
import { someOf } from '../contracts/core/some-of';
import { installationKey } from './keys';
import { parseState, readStateFile, STATE_VERSION } from './files/state-file';
import { writeFileAtomic } from './files/atomic';
import { byAge } from './files/system';

const path = z.string().min(1);
const valuesFile = z.strictObject({ path, service: z.string().optional() });

/** What every declaration says; where nothing was given, by default. */
const settled = {
  contracts: z.array(path),
  service: z.string(),
  values: z.array(valuesFile),
  folders: z.record(z.string(), z.string()),
  project: z.string(),
  runtimeEnvFile: path,
  nodesDir: path,
  adminEmail: z.string(),
  organization: z.string(),
  required: z.boolean(),
};

/** What a declaration says where it was given. */
const optional = {
  /** The PEM file of the authorities that vouch for Infisical's certificate, and no others. */
  infisicalCa: path.optional(),
  registry: path.optional(),
  overlay: path.optional(),
  machineClass: z.string().optional(),
  /** Files of services with an identity of their own. */
  serviceEnvFiles: z.record(z.string(), path).optional(),
  /** Lifetimes of tokens and client secrets in seconds, and how old a client secret may be unrotated. */
  tokenAge: z.number().optional(),
  secretAge: z.number().optional(),
  rotateWithin: z.number().optional(),
  trustedIps: z.array(z.string()).optional(),
  /** Keys that are taken although they tell programs what to load or run. */
  allowKeys: z.array(z.string()).optional(),
};

const optionsSchema = z.strictObject({
  ...z.object(settled).partial().shape,
  ...optional,
  stackFile: path.optional(),
  envFiles: z.array(path).optional(),
  localImages: z.boolean().optional(),
  infisical: z.string().optional(),
  insecureHttp: z.boolean().optional(),
  isolate: z.boolean().optional(),
  /** `local` is this machine's own, where another one was named before. */
  engine: z.union([z.literal('local'), engineSchema]).optional(),
  refuseReferences: z.boolean().optional(),
  expand: z.boolean().optional(),
  /** The installation whose environment this host joins. */
  home: z.string().optional(),
  /** Its name there. */
  hostName: z.string().optional(),
  serves: servesSchema.optional(),
  acceptHosts: z.boolean().optional(),
});

/** What an operator may say of an environment, by flags or variables; what is left out has a default. */
export type DeclaredOptions = z.infer<typeof optionsSchema>;

const declarationSchema = z.strictObject({
  version: z.literal(STATE_VERSION),
  environment: z.string(),
  /** What was given so far: it stays until something else is given. The other fields follow from it. */
  given: optionsSchema,
  infrastructure: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('stack'),
      file: path,
      /** Read as Compose reads them, at every run; of two values the last one counts. */
      envFiles: z.array(path).optional(),
    }),
    z.strictObject({ kind: z.literal('external'), address: z.string() }),
    z.strictObject({
      kind: z.literal('joined'),
      /** The installation that has the environment, this host's name there, and the Infisical as this host reaches it. */
      home: z.string(),
      name: z.string(),
      address: z.string(),
      /** Compose file of the runtime services of this host. */
      file: path.optional(),
      envFiles: z.array(path).optional(),
    }),
  ]),
  ...settled,
  ...optional,
  /** Whether images that are built here stand in where no registry answers; absent is false. */
  localImages: z.literal(true).optional(),
  /** Whether Infisical is spoken to in clear wherever it is; absent is false. */
  insecureHttp: z.literal(true).optional(),
  /** Whether values with `${…}` are not seeded; absent is false. */
  refuseReferences: z.literal(true).optional(),
  /** Whether reads expand references and include imports; absent is false. */
  expand: z.literal(true).optional(),
  /** The engine of the stack; without one, that of this machine. */
  engine: engineSchema.optional(),
  /** Which nodes this host runs; absent is all of them. */
  serves: servesSchema.optional(),
  /** Whether every host that asks may join; absent is false. */
  acceptHosts: z.literal(true).optional(),
  /** Keyed digests of the variables that it was declared with; the values are in `secrets/`. */
  variables: named(z.string()),
  /** Those of them that came from the working directory's .env, which the stack reads by itself. */
  fromDotenv: z.array(z.string()).optional(),
});

/** An environment as its host knows it. Holds no value. */
export type Declaration = z.infer<typeof declarationSchema>;

const variablesSchema = z.strictObject({
  version: z.literal(STATE_VERSION),
  values: named(z.string()),
});

const CURRENT = 'declaration.json';
const TRIALS = 'trials';
const KEPT_TRIALS = 5;

/** SHA-256 of a declaration, whatever the order of its fields. */
export const digestOf = (declaration: Declaration): string =>
  createHash('sha256').update(stringify(declaration)).digest('hex');

/** The declaration in force; undefined where the environment was never declared. */
export const readDeclaration = (stateDir: string): Promise<Declaration | undefined> =>
  readStateFile(stateDir, CURRENT, declarationSchema);

/** A declaration that was kept elsewhere; `place` is where, for messages. */
export const parseDeclaration = (place: string, text: string): Declaration =>
  parseState(place, text, declarationSchema);

/** A declaration that dry runs go by and that was never put in force. */
export const readTrial = (stateDir: string, digest: string): Promise<Declaration | undefined> =>
  readStateFile(stateDir, join(TRIALS, `${digest}.json`), declarationSchema);

/** Puts a declaration in force. The values are there before it, and those of the one before are gone after it. */
export async function writeDeclaration(
  stateDir: string,
  declaration: Declaration,
  values: ReadonlyMap<string, Secret>,
): Promise<void> {
  await writeVariables(stateDir, declaration, values);
  await writeFileAtomic(join(stateDir, CURRENT), `${JSON.stringify(declaration, null, 2)}\n`);
  await removeUnused(stateDir);
}

/** Keeps a declaration for dry runs; the last five of them stay. */
export async function writeTrial(
  stateDir: string,
  declaration: Declaration,
  values: ReadonlyMap<string, Secret>,
): Promise<void> {
  await writeVariables(stateDir, declaration, values);
  await writeFileAtomic(join(stateDir, TRIALS, `${digestOf(declaration)}.json`), JSON.stringify(declaration));
  await removeUnused(stateDir);
}

/** The values of a declaration's variables. Refused where they are gone or are not those that were declared. */
export async function readVariables(
  stateDir: string,
  declaration: Declaration,
): Promise<Map<string, Secret>> {
  const name = variablesFile(declaration);
  const stored = await readStateFile(stateDir, name, variablesSchema);
  const values = heldVariables(Object.entries(stored?.values ?? {}));
  const digests = await digestsOf(stateDir, values);
  const wrong = Object.keys(declaration.variables).filter(
    (key) => digests[key] !== declaration.variables[key],
  );
  if (wrong.length === 0) return values;
  throw refused(
    `${join(stateDir, name)} does not hold the variables that ${declaration.environment} was declared with (${someOf(wrong)}). Declare it again where they are set: onex-bootstrap declare --environment ${declaration.environment}`,
  );
}

/** Keyed digests of variables, as a declaration holds them. */
export async function digestsOf(
  stateDir: string,
  values: ReadonlyMap<string, Secret>,
): Promise<Record<string, string>> {
  const key = await installationKey(stateDir);
  return byName(
    [...values].map(([name, value]) => [
      name,
      keyedDigest(key, new Secret(`variable\0${name}\0${value.reveal()}`)),
    ]),
  );
}

async function writeVariables(
  stateDir: string,
  declaration: Declaration,
  values: ReadonlyMap<string, Secret>,
): Promise<void> {
  const plain = Object.fromEntries([...values].map(([key, value]) => [key, value.reveal()]));
  const content = JSON.stringify({ version: STATE_VERSION, values: plain });
  await writeFileAtomic(join(stateDir, variablesFile(declaration)), content);
}

// Named after what it holds: a kill between two writes leaves the old declaration with its own values.
function variablesFile({ variables }: Declaration): string {
  const digest = createHash('sha256').update(stringify(variables)).digest('hex').slice(0, 16);
  return join('secrets', `variables-${digest}.json`);
}

/** Removes older trials, and values of variables that no declaration names any more. */
export async function removeUnused(stateDir: string): Promise<void> {
  const trials = await byAge(join(stateDir, TRIALS), (name) => name.endsWith('.json'));
  for (const name of trials.slice(0, -KEPT_TRIALS)) await rm(join(stateDir, TRIALS, name), { force: true });
  const kept = await Promise.all(
    trials.slice(-KEPT_TRIALS).map((name) => readTrial(stateDir, name.slice(0, -'.json'.length))),
  );
  const used = [await readDeclaration(stateDir), ...kept].flatMap((found) =>
    found === undefined ? [] : [variablesFile(found)],
  );
  const isUnused = (name: string) =>
    /^variables-[0-9a-f]{16}\.json$/.test(name) && !used.includes(join('secrets', name));
  for (const name of await byAge(join(stateDir, 'secrets'), isUnused))
    await rm(join(stateDir, 'secrets', name), { force: true });
}
