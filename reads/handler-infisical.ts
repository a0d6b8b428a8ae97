import type { Secret } from '../contracts/core/secret';
import { handlerSettingsSchema, type HandlerSettingsInput } from '../contracts/reads/handler-settings';
import {
  type GetSecretRequest,
  type GetSecretsBatchRequest,
  type ListSecretsRequest,
  type ReadEnvelope,
  type SecretPlace,
  folderPath,
  getSecretSchema,
  getSecretsBatchSchema,
  listSecretsSchema,
  locate,
} from '../contracts/reads/read-request';
import type {
  GetSecretResult,
  GetSecretsBatchResult,
  ListSecretsResult,
  ReadResponse,
} from '../contracts/reads/read-result';
import { asReadError, notFound, parseRequest } from './as-read-error';
import { executeEnvelope } from './execute-envelope';
import {
  openEnvironment,
  openReads,
  type HandlerDescription,
  type OpenReads,
  type ReadDependencies,
} from './open-reads';
import type { ReadAudit, ReadCaller } from './read-audit';
import { readBatch } from './read-batch';
import { ReadLog, type AskedSecret } from './read-log';
import { isUnexpanded, type HeldSecret } from './secret-reads';

export interface HandlerDependencies extends ReadDependencies {
  /** Hears of every access. */
  audit?: ReadAudit;
}

interface HandlerDefaults {
  projectId: string;
  environment: string;
  path: string;
  nameKeys: boolean;
}

/**
 * Reads secrets: cached, guarded by a breaker, audited; values are Secret objects. It can only read. Every failure is
 * one of the errors in contracts/reads/read-error.ts.
 */
export class HandlerInfisical {
  private readonly log: ReadLog;

  private constructor(
    private readonly open: OpenReads,
    private readonly defaults: HandlerDefaults,
    audit: ReadAudit | undefined,
  ) {
    const { metrics, host, identity } = open;
    this.log = new ReadLog({ audit, metrics, host, identity, nameKeys: defaults.nameKeys });
  }

  /** A handler of one identity. Settings that cannot be used are a RuntimeHostError; nothing is sent yet. */
  static create(
    settings: HandlerSettingsInput,
    { audit, ...rest }: HandlerDependencies = {},
  ): HandlerInfisical {
    const parsed = parseRequest(handlerSettingsSchema, settings, { correlationId: 'settings' });
    const defaults = {
      projectId: parsed.project_id,
      environment: parsed.environment_slug,
      path: folderPath(parsed.secret_path),
      nameKeys: parsed.name_keys_in_errors,
    };
    return new HandlerInfisical(openReads(parsed, rest), defaults, audit);
  }

  /** A handler without an Infisical: `KEY` of any folder is the variable of that name. */
  static ofEnvironment(
    variables: ReadonlyMap<string, Secret>,
    { audit, ...rest }: HandlerDependencies = {},
  ): HandlerInfisical {
    const defaults = { projectId: '', environment: '', path: '/', nameKeys: true };
    return new HandlerInfisical(openEnvironment(variables, rest), defaults, audit);
  }

  /** `infisical.get_secret`. A name that is not there is a SecretResolutionError. */
  getSecret(request: GetSecretRequest, caller: ReadCaller = {}): Promise<GetSecretResult> {
    const operation = 'infisical.get_secret';
    return this.log.run(operation, getSecretSchema, request, caller, async (given, reading) => {
      const asked = reading.ask(this.find(given.secret_name, given));
      const held = await this.open.reads.one(asked.place, asked.key);
      if (held === undefined) throw notFound(this.log.failed(reading.asked, reading));
      asked.end = { outcome: 'served', source: held.source };
      return resultOf(given.secret_name, held);
    });
  }

  /** `infisical.list_secrets`: names only, never cached. */
  listSecrets(request: ListSecretsRequest = {}, caller: ReadCaller = {}): Promise<ListSecretsResult> {
    const operation = 'infisical.list_secrets';
    return this.log.run(operation, listSecretsSchema, request, caller, async (given, reading) => {
      const place = this.place(given, folderPath(given.secret_path || this.defaults.path));
      const asked: AskedSecret = reading.ask({ place });
      const { names, notImported } = await this.open.reads.names(place);
      asked.end = { outcome: 'served', source: this.open.from };
      const result = { secret_keys: names, count: names.length, source: this.open.from };
      return notImported === 0 ? result : { ...result, not_imported: notImported };
    });
  }

  /** The names of the folders directly in a folder, sorted. They are no secrets, and are not audited. */
  async listFolders({ secret_path, ...asked }: ListSecretsRequest = {}): Promise<string[]> {
    const place = this.place(asked, folderPath(secret_path || this.defaults.path));
    const about = { what: `folders of ${place.path}`, host: this.open.host, correlationId: 'folders' };
    return this.open.reads.folders(place).catch((error: unknown) => {
      throw asReadError(error, { ...about, environment: place.environment });
    });
  }

  /** `infisical.get_secrets_batch`: one listing for each folder of which the cache lacks a name. */
  getSecretsBatch(request: GetSecretsBatchRequest, caller: ReadCaller = {}): Promise<GetSecretsBatchResult> {
    const operation = 'infisical.get_secrets_batch';
    return this.log.run(operation, getSecretsBatchSchema, request, caller, (given, reading) => {
      const names = [...new Set(given.secret_names)].map((name) => ({ name, ...this.find(name, given) }));
      names.forEach((name) => reading.ask(name));
      return readBatch(names, this.open.reads, this.open.from, (error, own) =>
        asReadError(error, this.log.failed(own, reading)),
      );
    });
  }

  /** Any operation in its ONEX envelope. */
  execute(envelope: ReadEnvelope, caller: ReadCaller = {}): Promise<ReadResponse> {
    return executeEnvelope(this, envelope, caller);
  }

  /** Drops a name from the cache wherever it lies, or everything; returns how many entries that were. */
  invalidateCache(name?: string): number {
    return this.open.reads.invalidate(name);
  }

  /** State and counts; no credential, no name. */
  describe(): HandlerDescription {
    return this.open.describe();
  }

  /** Forgets every value; the counts stay. */
  shutdown(): void {
    this.open.reads.invalidate();
  }

  private find(name: string, asked: ListSecretsRequest): AskedSecret & { key: string } {
    if (!asked.secret_path && !name.includes('/'))
      return { place: this.place(asked, this.defaults.path), key: name };
    const { path, key } = locate(name, asked.secret_path || this.defaults.path);
    return { place: this.place(asked, path), key };
  }

  private place({ project_id, environment_slug, expand }: ListSecretsRequest, path: string): SecretPlace {
    const { projectId, environment } = this.defaults;
    return {
      projectId: project_id || projectId,
      environment: environment_slug || environment,
      path,
      ...(expand === undefined ? {} : { expand }),
    };
  }
}

function resultOf(name: string, { value, source, version, stale }: HeldSecret): GetSecretResult {
  const result: GetSecretResult = { secret_name: name, value, source };
  if (version !== undefined) result.version = version;
  if (isUnexpanded({ value, source })) result.unexpanded = true;
  if (stale === undefined) return result;
  return { ...result, stale: true, read_at: stale.readAt.toISOString(), age_seconds: stale.ageSeconds };
}
