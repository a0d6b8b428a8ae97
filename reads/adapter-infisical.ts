import type { InfisicalSDK } from '@infisical/sdk';
import { z, type ZodType } from 'zod';
import { Secret } from '../contracts/core/secret';
import type { ObservedSecret } from '../contracts/plan/places';
import type { SecretPlace } from '../contracts/reads/read-request';
import { InfisicalError } from '../infisical/problem';
import type { Scope } from '../infisical/backend';
import { InfisicalHttp } from '../infisical/http';
import { listExpanded, listSecrets } from '../infisical/secrets/secrets';
import { backend } from '../infisical/server';
import { sessionOf, type Session } from '../infisical/session';
import type { Trust } from '../infisical/trust';
import type { ListedNames, ReadSecret, SecretSource } from './secret-source';

export interface AdapterSettings {
  host: string;
  trust: Trust;
  clientId: string;
  clientSecret: Secret;
  /** Milliseconds that one operation may take, logins included. */
  deadline: number;
  expandReferences: boolean;
  includeImports: boolean;
}

const secretSchema = z.object({
  secretKey: z.string(),
  secretValue: z.string(),
  version: z.number(),
  type: z.string().default('shared'),
  secretValueHidden: z.boolean().default(false),
});
const getSchema = z.object({ secret: secretSchema });
const listSchema = z.object({
  secrets: z.array(secretSchema),
  imports: z.array(z.object({ secrets: z.array(secretSchema) })).optional(),
});
type Answered = z.infer<typeof secretSchema>;

/** The router of older servers answers "route not found" to a longer one, whether the secret exists or not. */
const LONGEST_IN_A_URL = 100;
/**
 * Reads by @infisical/sdk, which knows routes and parameters that both generations of servers have; one session sends
 * what it asks for. No cache, no breaker: those are the handler's.
 */
export class AdapterInfisical implements SecretSource {
  readonly session: Session;

  constructor(private readonly settings: AdapterSettings) {
    this.session = sessionOf(new InfisicalHttp(settings.host, settings.trust), settings);
  }

  async getSecret(place: SecretPlace, key: string): Promise<ReadSecret> {
    if (encodeURIComponent(key).length > LONGEST_IN_A_URL) return this.findInList(place, key);
    const { projectId, environment, path, expand } = place;
    const options = {
      projectId,
      environment,
      secretPath: path,
      expandSecretReferences: expand ?? this.settings.expandReferences,
      includeImports: expand ?? this.settings.includeImports,
    };
    const { secret } = await this.bySdk(getSchema, key, (sdk) =>
      sdk.secrets().getSecret({ ...options, secretName: key }),
    );
    return readSecret(secret, path);
  }

  async listSecrets(place: SecretPlace): Promise<ReadSecret[]> {
    const { own, imported } = await this.list(place, true);
    // the last import wins among imports, the folder's own secrets over all of them
    const found = [...imported, ...own];
    return [...new Map(found.map((secret) => [secret.secretKey, readSecret(secret, place.path)])).values()];
  }

  async listNames(place: SecretPlace): Promise<ListedNames> {
    const { own, imported } = await this.list(place, false);
    const names = [...new Set(own.map(({ secretKey }) => secretKey))];
    const others = new Set(imported.map(({ secretKey }) => secretKey).filter((key) => !names.includes(key)));
    if (place.expand ?? this.settings.includeImports)
      return { names: [...names, ...others].sort(), notImported: 0 };
    return { names: names.sort(), notImported: others.size };
  }

  async listFolders({ path, ...scope }: SecretPlace): Promise<string[]> {
    const parent = path === '/' ? '' : path;
    const routes = await backend(this.session.http, 'folders');
    const present = await routes.present(this.session, scope, [`${parent}/any`]);
    const below = [...present].filter((folder) => folder.startsWith(`${parent}/`));
    return [...new Set(below.map((folder) => folder.split('/')[parent.split('/').length] ?? ''))].sort();
  }

  /** Every shared secret below `roots`, one request each; or to expand them, what is in `folders`, one request each. */
  async listTrees(
    scope: Scope,
    { roots, folders }: { roots: readonly string[]; folders: readonly string[] },
    expand: boolean,
  ): Promise<ObservedSecret[]> {
    const { host, trust, deadline } = this.settings;
    const session = sessionOf(
      new InfisicalHttp(host, { ...trust, signal: AbortSignal.timeout(deadline), patience: deadline }),
      this.settings,
    );
    if (expand) return listExpanded(session, scope, folders);
    const trees: ObservedSecret[][] = [];
    for (const path of roots) trees.push(await listSecrets(session, scope, path));
    return trees.flat();
  }

  private async findInList(place: SecretPlace, key: string): Promise<ReadSecret> {
    const found = (await this.listSecrets(place)).find((secret) => secret.key === key);
    if (found !== undefined) return found;
    throw new InfisicalError('no such secret', { kind: 'notFound' });
  }

  private async list(
    { projectId, environment, path, expand }: SecretPlace,
    values: boolean,
  ): Promise<{ own: Answered[]; imported: Answered[] }> {
    const { expandReferences, includeImports } = this.settings;
    const { secrets, imports = [] } = await this.bySdk(listSchema, undefined, (sdk) =>
      sdk.secrets().listSecrets({
        projectId,
        environment,
        secretPath: path,
        viewSecretValue: values,
        expandSecretReferences: values && (expand ?? expandReferences),
        // names are asked for in any case: those that are left out are counted
        includeImports: !values || (expand ?? includeImports),
      }),
    );
    const shared = (found: Answered[]) => found.filter(({ type }) => type === 'shared');
    return { own: shared(secrets), imported: shared(imports.flatMap((each) => each.secrets)) };
  }

  /**
   * Sends the one request of an SDK call by the session. The SDK's own transport obeys no deadline, repeats what fails
   * for 15 s, and hides headers and the kind of a failure; it takes no other, so its private client is given ours.
   */
  private async bySdk<T>(
    schema: ZodType<T>,
    key: string | undefined,
    ask: (sdk: InfisicalSDK) => Promise<unknown>,
  ): Promise<T> {
    const signal = AbortSignal.timeout(this.settings.deadline);
    const { InfisicalSDK } = await import('./sdk.js'); // 0.2 s, and a bootstrap reads nothing
    const sdk = new InfisicalSDK({ siteUrl: this.settings.host });
    const sent: { answer?: Promise<T> } = {};
    const get = (url: string, { params }: { params: object }): Promise<T> => {
      // messages name the route, not the key
      const route = key === undefined ? url : `${url.slice(0, url.lastIndexOf('/'))}/:key`;
      const call = {
        method: 'GET',
        route,
        params: { key: key ?? '' },
        query: queryOf(params),
        signal,
      } as const;
      return (sent.answer = this.session.send(call, schema));
    };
    Object.assign(Reflect.get(sdk, 'apiClient') as object, { get });
    const outcome = await ask(sdk).catch((error: unknown) => error);
    if (sent.answer === undefined) throw outcome; // another SDK than the one that this was written for
    return sent.answer;
  }
}

/** The SDK's parameters as servers take them: its getSecret says `includeImports`, which none knows. */
function queryOf(params: object): Record<string, string> {
  const given = Object.entries(params).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    given.map(([name, value]) => [name === 'includeImports' ? 'include_imports' : name, String(value)]),
  );
}

function readSecret(
  { secretKey, secretValue, secretValueHidden, version }: Answered,
  path: string,
): ReadSecret {
  if (secretValueHidden)
    throw new InfisicalError(
      `The identity sees a secret in ${path} but not its value: its role needs "read value" on secrets`,
      { kind: 'forbidden' },
    );
  return { key: secretKey, value: new Secret(secretValue), version };
}
