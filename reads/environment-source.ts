import type { Secret } from '../contracts/core/secret';
import type { SecretPlace } from '../contracts/reads/read-request';
import { InfisicalError } from '../infisical/problem';
import type { ReadSecret, SecretSource } from './secret-source';

/** Variables in place of an Infisical: `KEY` of any folder is the variable of that name. A blank one is none. */
export class EnvironmentSource implements SecretSource {
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

  async listNames(): Promise<string[]> {
    return (await this.listSecrets()).map(({ key }) => key).sort();
  }
}
