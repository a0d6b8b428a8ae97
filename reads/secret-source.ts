import type { Secret } from '../contracts/core/secret';
import type { SecretPlace } from '../contracts/reads/read-request';
import { InfisicalError } from '../infisical/problem';
import type { Session } from '../infisical/session';

/** A secret as the server holds it. */
export interface ReadSecret {
  key: string;
  value: Secret;
  version: number;
}

/** The names in a folder, sorted, and how many of its imports are left out. */
export interface ListedNames {
  names: string[];
  notImported: number;
}

/** Where a handler reads from. Every failure is an InfisicalError; a missing name, folder or project is `notFound`. */
export interface SecretSource {
  /** `expiresAt` is that of the access token, in seconds since the epoch; undefined where it is not known. */
  readonly session: Pick<Session, 'isLoggedIn' | 'expiresAt'>;
  getSecret(place: SecretPlace, key: string): Promise<ReadSecret>;
  /** The secrets directly in the folder. A server of 2024 answers an empty list for a folder that is not there. */
  listSecrets(place: SecretPlace): Promise<ReadSecret[]>;
  /** The names directly in the folder; no value travels. */
  listNames(place: SecretPlace): Promise<ListedNames>;
  /** The names of the folders directly in the folder. */
  listFolders(place: SecretPlace): Promise<string[]>;
}

/** Variables in place of an Infisical: `KEY` of any folder is the variable of that name. A blank one is none. */
export class EnvironmentSource implements SecretSource {
  readonly session = { isLoggedIn: true, expiresAt: undefined };

  constructor(private readonly variables: ReadonlyMap<string, Secret>) {}

  getSecret(_place: SecretPlace, key: string): Promise<ReadSecret> {
    const value = this.variables.get(key);
    if (value !== undefined && !value.isBlank) return Promise.resolve({ key, value, version: 0 });
    return Promise.reject(new InfisicalError('no such variable', { kind: 'notFound' }));
  }

  listSecrets(): Promise<ReadSecret[]> {
    const given = [...this.variables].filter(([, value]) => !value.isBlank);
    return Promise.resolve(given.map(([key, value]) => ({ key, value, version: 0 })));
  }

  async listNames(): Promise<ListedNames> {
    return { names: (await this.listSecrets()).map(({ key }) => key).sort(), notImported: 0 };
  }

  listFolders(): Promise<string[]> {
    return Promise.resolve([]);
  }
}
