import type { Secret } from '../core/secret';
import type { GetSecretRequest, GetSecretsBatchRequest, ListSecretsRequest } from './read-request';

/** Where a value came from. `last-known-good` is an encrypted copy, served because Infisical is out of reach. */
export type ReadSource = 'infisical' | 'cache' | 'last-known-good' | 'environment';

export interface GetSecretResult {
  secret_name: string;
  value: Secret;
  source: ReadSource;
  /** Of the secret in Infisical; absent where the value comes from the cache or the environment. */
  version?: number;
  /** Present and true for a last known good value, with the time of its reading (ISO 8601) and its age. */
  stale?: true;
  read_at?: string;
  age_seconds?: number;
  /** Present and true for a value that still holds a reference: not expanded, or by this server not to be expanded. */
  unexpanded?: true;
}

export interface ListSecretsResult {
  /** Sorted names. */
  secret_keys: string[];
  count: number;
  source: ReadSource;
  /** How many names of imported folders are left out; absent where none is. */
  not_imported?: number;
}

export interface GetSecretsBatchResult {
  /** By the name that was asked for. */
  secrets: Record<string, Secret>;
  /** What the server said of a name that it does not give: class and reason, never a value. */
  errors: Record<string, string>;
  from_cache: number;
  from_fetch: number;
  source: ReadSource;
  /** Names whose value is a last known good one; absent when there is none. */
  stale?: string[];
  /** Names whose value still holds a reference; absent when there is none. */
  unexpanded?: string[];
}

/** The ONEX response around a result. */
export interface ReadResponse {
  input_envelope_id: string;
  correlation_id: string;
  dispatch_id: string;
  handler_id: 'infisical-handler';
  node_kind: 'compute';
  events: [];
  intents: [];
  projections: [];
  result: GetSecretResult | ListSecretsResult | GetSecretsBatchResult;
  metrics: Record<string, never>;
  logs: [];
  processing_time_ms: number;
  /** ISO 8601. */
  timestamp: string;
}

/** The three operations as a worker registers them. */
export interface ReadActivities {
  'infisical.get_secret'(request: GetSecretRequest): Promise<GetSecretResult>;
  'infisical.list_secrets'(request?: ListSecretsRequest): Promise<ListSecretsResult>;
  'infisical.get_secrets_batch'(request: GetSecretsBatchRequest): Promise<GetSecretsBatchResult>;
}
