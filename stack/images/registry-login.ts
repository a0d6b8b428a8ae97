import { join } from 'node:path';
import { z } from 'zod';
import { missingPrerequisite } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import { dockerFolder, readDockerJson } from '../engine/engine-address';
import { runCommand } from '../engine/run-command';
import { saying } from '../../contracts/core/foreign-words';

/** A login as the engine sends it to a registry. */
export type RegistryLogin = { serveraddress: string } & (
  | { username: string; password: string }
  | { identitytoken: string }
);

const HUB = 'docker.io';
/** What Docker's own command calls the registry that has no name. */
const HUB_KEY = 'https://index.docker.io/v1/';

const configSchema = z.object({
  auths: z
    .record(z.string(), z.object({ auth: z.string().optional(), identitytoken: z.string().optional() }))
    .default({}),
  credsStore: z.string().default(''),
  credHelpers: z.record(z.string(), z.string()).default({}),
});
const helperSchema = z.object({ Username: z.string(), Secret: z.string() });

/** What helpers need to find their own store; nothing else of the shell is passed on. */
const OF_HELPERS = [
  ...['PATH', 'HOME', 'USER', 'LANG', 'DOCKER_CONFIG', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'],
  ...['GNUPGHOME', 'PASSWORD_STORE_DIR', 'AWS_PROFILE', 'AWS_REGION', 'AWS_CONFIG_FILE'],
  ...['AWS_SHARED_CREDENTIALS_FILE', 'CLOUDSDK_CONFIG', 'GOOGLE_APPLICATION_CREDENTIALS'],
];
const HELPER_MS = 15_000; // a store that asks a person is no answer for a run

/** The registry of an image reference: what stands before its first slash, where that is a host. */
export function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : HUB;
}

/**
 * What the user's Docker configuration has for the registry of an image, by Docker's own rules: the registry's helper, the
 * store, the file. Undefined where nobody logged in.
 */
export async function registryLogin(
  reference: string,
  variables: ReadonlyMap<string, Secret>,
  signal?: AbortSignal,
): Promise<RegistryLogin | undefined> {
  const folder = dockerFolder(variables);
  const config = await readDockerJson(join(folder, 'config.json'), configSchema);
  if (config === undefined) return undefined;
  const registry = registryOf(reference);
  const key = registry === HUB ? HUB_KEY : registry;
  const helper = config.credHelpers[key] ?? config.credHelpers[registry] ?? config.credsStore;
  const login =
    helper === '' ? ofFile(config.auths, registry) : await ofHelper(helper, key, variables, signal);
  return login && { serveraddress: key, ...login };
}

function ofFile(auths: z.infer<typeof configSchema>['auths'], registry: string) {
  const hostOf = (key: string) => key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  const named = registry === HUB ? [HUB, 'index.docker.io', 'registry-1.docker.io'] : [registry];
  const found = Object.entries(auths).find(([key]) => named.includes(hostOf(key)))?.[1];
  if (found?.identitytoken) return { identitytoken: hidden(found.identitytoken) };
  const [, username, password] = /^([^:]*):(.*)$/s.exec(decoded(found?.auth ?? '')) ?? [];
  return username && password ? { username, password: hidden(password) } : undefined;
}

const decoded = (auth: string) => Buffer.from(auth, 'base64').toString().replace(/\0+$/, '');

async function ofHelper(
  name: string,
  key: string,
  variables: ReadonlyMap<string, Secret>,
  signal: AbortSignal | undefined,
) {
  const program = `docker-credential-${name}`;
  const useless = (what: string) =>
    missingPrerequisite(
      `${program}, which the Docker configuration names for ${key}, ${what}. Mend it, or take it out of config.json (credHelpers, credsStore) and run docker login.`,
    );
  if (!/^[\w.-]+$/.test(name)) throw useless('is no name of a program');
  const env = Object.fromEntries(
    OF_HELPERS.flatMap((variable) => {
      const value = variables.get(variable)?.reveal();
      return value === undefined ? [] : [[variable, value]];
    }),
  );
  const limit = AbortSignal.any([AbortSignal.timeout(HELPER_MS), ...(signal === undefined ? [] : [signal])]);
  const ended = await runCommand(program, ['get'], { env, input: `${key}\n`, signal: limit }).catch(
    (error: NodeJS.ErrnoException) => {
      signal?.throwIfAborted();
      throw useless(error.code === 'ENOENT' ? 'is not there' : `gave no answer within ${HELPER_MS / 1000} s`);
    },
  );
  if (/credentials not found/i.test(ended.output)) return undefined;
  const parsed = ended.code === 0 ? helperSchema.safeParse(json(ended.stdout)) : undefined;
  if (parsed?.success !== true)
    throw saying(useless('failed'), program, ended.code === 0 ? undefined : ended.output);
  const { Username: username, Secret: secret } = parsed.data;
  if (secret === '') return undefined;
  return username === '<token>' ? { identitytoken: hidden(secret) } : { username, password: hidden(secret) };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// what is held as a Secret is hidden in every message and log
const hidden = (value: string) => new Secret(value).reveal();
