import type { Secret } from '../contracts/core/secret';
import type { SecretPlace } from '../contracts/reads/read-request';

/** A secret as the server holds it. */
export interface ReadSecret {
  key: string;
  value: Secret;
  version: number;
}

/** Where a handler reads from. Every failure is an InfisicalError; a missing name, folder or project is `notFound`. */
export interface SecretSource {
  getSecret(place: SecretPlace, key: string): Promise<ReadSecret>;
  /** The secrets directly in the folder. A server of 2024 answers an empty list for a folder that is not there. */
  listSecrets(place: SecretPlace): Promise<ReadSecret[]>;
  /** The names directly in the folder; no value travels. */
  listNames(place: SecretPlace): Promise<string[]>;
}
