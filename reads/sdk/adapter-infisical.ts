import { z } from 'zod';
import { Secret } from '../../contracts/core/secret';
import type { SecretPlace } from '../../contracts/reads/read-request';
import { InfisicalError } from '../../infisical/problem';
import { InfisicalHttp } from '../../infisical/http';
import { SdkLogin } from './sdk-login';
import { sdkCall } from './sdk-call';
import type { ReadSecret, SecretSource } from '../secret-source';

export interface AdapterSettings {
  /** Without a trailing slash; a sub-path is kept. */
  host: string;
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
/** The router of older servers answers "route not found" to a longer one, whether the secret exists or not. */
const LONGEST_IN_A_URL = 100;
const LIST = { method: 'GET', route: '/api/v3/secrets/raw' } as const;
const GET = { method: 'GET', route: '/api/v3/secrets/raw/:name' } as const;

/** Reads by @infisical/sdk, whose routes both generations of servers have. No cache, no breaker: those are the handler's. */
export class AdapterInfisical implements SecretSource {
  readonly login: SdkLogin;

  constructor(private readonly settings: AdapterSettings) {
    this.login = new SdkLogin(settings);
  }

  async getSecret(place: SecretPlace, key: string): Promise<ReadSecret> {
    if (encodeURIComponent(key).length > LONGEST_IN_A_URL) return this.findInList(place, key);
    const { secret } = await this.operation((signal) =>
      this.settings.includeImports
        ? this.getWithImports(place, key, signal)
        : this.getBySdk(place, key, signal),
    );
    return readSecret(secret, place);
  }

  async listSecrets(place: SecretPlace): Promise<ReadSecret[]> {
    const { secrets, imports = [] } = await this.operation((signal) => this.list(place, true, signal));
    // the last import wins among imports, the folder's own secrets over all of them
    const found = [...imports.flatMap((each) => each.secrets), ...secrets].filter(isShared);
    return [...new Map(found.map((secret) => [secret.secretKey, readSecret(secret, place)])).values()];
  }

  async listNames(place: SecretPlace): Promise<string[]> {
    const { secrets, imports = [] } = await this.operation((signal) => this.list(place, false, signal));
    const found = [...imports.flatMap((each) => each.secrets), ...secrets].filter(isShared);
    return [...new Set(found.map(({ secretKey }) => secretKey))].sort();
  }

  private async findInList(place: SecretPlace, key: string): Promise<ReadSecret> {
    const found = (await this.listSecrets(place)).find((secret) => secret.key === key);
    if (found !== undefined) return found;
    throw new InfisicalError('no such secret', { kind: 'notFound' });
  }

  private operation<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(this.settings.deadline);
    return this.login.during(() => work(signal), signal);
  }

  private list({ projectId, environment, path }: SecretPlace, values: boolean, signal: AbortSignal) {
    const { expandReferences, includeImports } = this.settings;
    const options = {
      projectId,
      environment,
      secretPath: path,
      viewSecretValue: values,
      expandSecretReferences: values && expandReferences,
      includeImports,
    };
    return sdkCall(LIST, () => this.login.sdk.secrets().listSecrets(options), listSchema, this.reach(signal));
  }

  private getBySdk({ projectId, environment, path }: SecretPlace, key: string, signal: AbortSignal) {
    const options = {
      secretName: key,
      projectId,
      environment,
      secretPath: path,
      expandSecretReferences: this.settings.expandReferences,
    };
    return sdkCall(GET, () => this.login.sdk.secrets().getSecret(options), getSchema, this.reach(signal));
  }

  // The SDK's getSecret sends `includeImports`, which no server knows: this one read goes by the project's own client.
  private getWithImports({ projectId, environment, path }: SecretPlace, key: string, signal: AbortSignal) {
    const query = {
      workspaceId: projectId,
      environment,
      secretPath: path,
      include_imports: 'true',
      expandSecretReferences: String(this.settings.expandReferences),
    };
    const call = { ...GET, params: { name: key }, query, deadline: this.settings.deadline };
    const http = new InfisicalHttp(this.settings.host, { signal });
    return http.send(call, getSchema, this.login.token);
  }

  private reach(signal: AbortSignal) {
    const { host, deadline } = this.settings;
    return { host, deadline, signal, authenticated: true };
  }
}

const isShared = ({ type }: z.infer<typeof secretSchema>) => type === 'shared';

function readSecret(
  { secretKey, secretValue, secretValueHidden, version }: z.infer<typeof secretSchema>,
  { path }: SecretPlace,
): ReadSecret {
  if (secretValueHidden)
    throw new InfisicalError(
      `The identity sees a secret in ${path} but not its value: its role needs "read value" on secrets`,
      { kind: 'forbidden' },
    );
  return { key: secretKey, value: new Secret(secretValue), version };
}
