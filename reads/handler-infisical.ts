import type { ZodType } from 'zod';
import type { Secret } from '../contracts/core/secret';
import { handlerSettingsSchema, type HandlerSettingsInput } from '../contracts/reads/handler-settings';
import {
  folderPath,
  type GetSecretRequest,
  type GetSecretsBatchRequest,
  getSecretsBatchSchema,
  getSecretSchema,
  type ListSecretsRequest,
  listSecretsSchema,
  locate,
  type Operation,
  type ReadEnvelope,
  type SecretPlace,
} from '../contracts/reads/read-request';
import type {
  GetSecretResult,
  GetSecretsBatchResult,
  ListSecretsResult,
  ReadResponse,
} from '../contracts/reads/read-result';
import { AccessLog, type Access } from './access-log';
import { asReadError, notFound } from './as-read-error';
import { daysUntil, describeHandler, type HandlerDescription } from './describe-handler';
import { executeEnvelope } from './execute-envelope';
import { openEnvironment, openReads, type OpenReads, type ReadDependencies } from './open-reads';
import { parseRequest } from './parse-request';
import type { ReadAudit, ReadCaller } from './read-audit';
import { readBatch } from './read-batch';
import { secretResult } from './secret-result';

export interface HandlerDependencies extends ReadDependencies {
  /** Hears of every access. */
  audit?: ReadAudit;
}

interface HandlerDefaults {
  projectId: string;
  environment: string;
  path: string;
  cacheTtlSeconds: number;
  nameKeys: boolean;
}

/**
 * Reads secrets: cached, guarded by a breaker, audited; values are Secret objects. It can only read. Every failure is
 * one of the errors in contracts/reads/read-error.ts.
 */
export class HandlerInfisical {
  private readonly log: AccessLog;

  private constructor(
    private readonly open: OpenReads,
    private readonly defaults: HandlerDefaults,
    audit: ReadAudit | undefined,
  ) {
    const { metrics, host, identity } = open;
    this.log = new AccessLog({ audit, metrics, host, identity, nameKeys: defaults.nameKeys });
  }

  /** A handler of one identity. Settings that cannot be used are a RuntimeHostError; nothing is sent yet. */
  static create(
    settings: HandlerSettingsInput,
    { audit, ...rest }: HandlerDependencies = {},
  ): HandlerInfisical {
    const parsed = parseRequest(handlerSettingsSchema, settings, 'settings');
    const defaults = {
      projectId: parsed.project_id,
      environment: parsed.environment_slug,
      path: folderPath(parsed.secret_path),
      cacheTtlSeconds: parsed.cache_ttl_seconds,
      nameKeys: parsed.name_keys_in_errors,
    };
    return new HandlerInfisical(openReads(parsed, rest), defaults, audit);
  }

  /** A handler without an Infisical: `KEY` of any folder is the variable of that name. */
  static ofEnvironment(
    variables: ReadonlyMap<string, Secret>,
    { audit, ...rest }: HandlerDependencies = {},
  ): HandlerInfisical {
    const defaults = { projectId: '', environment: '', path: '/', cacheTtlSeconds: 0, nameKeys: true };
    return new HandlerInfisical(openEnvironment(variables, rest), defaults, audit);
  }

  /** `infisical.get_secret`. A name that is not there is a SecretResolutionError. */
  getSecret(request: GetSecretRequest, caller: ReadCaller = {}): Promise<GetSecretResult> {
    return this.during('infisical.get_secret', getSecretSchema, request, caller, async (asked, access) => {
      const { place, key } = this.find(asked.secret_name, asked);
      access.ask({ place, key });
      const held = await this.open.reads.one(place, key);
      if (held === undefined) throw this.absent(access, place);
      const result = secretResult(asked.secret_name, held, this.open.from);
      access.endAll({ outcome: 'served', source: result.source });
      return result;
    });
  }

  /** `infisical.list_secrets`: names only, never cached. */
  listSecrets(request: ListSecretsRequest = {}, caller: ReadCaller = {}): Promise<ListSecretsResult> {
    return this.during(
      'infisical.list_secrets',
      listSecretsSchema,
      request,
      caller,
      async (asked, access) => {
        const place = this.place(asked, folderPath(asked.secret_path || this.defaults.path));
        access.ask({ place });
        const keys = await this.open.reads.names(place);
        access.endAll({ outcome: 'served', source: this.open.from });
        return { secret_keys: keys, count: keys.length, source: this.open.from };
      },
    );
  }

  /** `infisical.get_secrets_batch`: one listing for each folder of which the cache lacks a name. */
  getSecretsBatch(request: GetSecretsBatchRequest, caller: ReadCaller = {}): Promise<GetSecretsBatchResult> {
    const operation = 'infisical.get_secrets_batch';
    return this.during(operation, getSecretsBatchSchema, request, caller, (asked, access) => {
      const names = [...new Set(asked.secret_names)].map((name) => ({ name, ...this.find(name, asked) }));
      names.forEach((name) => access.ask(name));
      return readBatch(names, this.open.reads, access, this.open.from, (error, own) =>
        asReadError(error, this.log.failed(own, access.correlationId)),
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
    return describeHandler(this.open, this.defaults.cacheTtlSeconds);
  }

  /** Forgets every value; the counts stay. */
  shutdown(): void {
    this.open.reads.invalidate();
  }

  private async during<R, T>(
    operation: Operation,
    schema: ZodType<R>,
    request: unknown,
    caller: ReadCaller,
    work: (asked: R, access: Access) => Promise<T>,
  ): Promise<T> {
    const given = (request as { correlation_id?: unknown } | undefined)?.correlation_id;
    const correlationId = typeof given === 'string' && given !== '' ? given : undefined;
    try {
      return await this.log.during(operation, correlationId, caller, (access) =>
        work(parseRequest(schema, request, access.correlationId), access),
      );
    } finally {
      this.observe();
    }
  }

  private observe(): void {
    const { metrics, breaker, reads, tokenExpiry } = this.open;
    metrics.observe({
      breakerOpen: breaker.state === 'open',
      cacheEntries: reads.cache.size,
      tokenDaysLeft: daysUntil(tokenExpiry()),
    });
  }

  private find(name: string, asked: ListSecretsRequest): { place: SecretPlace; key: string } {
    const { path, key } = locate(name, asked.secret_path || this.defaults.path);
    return { place: this.place(asked, path), key };
  }

  private place({ project_id, environment_slug }: ListSecretsRequest, path: string): SecretPlace {
    const { projectId, environment } = this.defaults;
    return { projectId: project_id || projectId, environment: environment_slug || environment, path };
  }

  private absent(access: Access, { environment }: SecretPlace) {
    const { correlationId } = access;
    return notFound(this.log.describe(access.asked), environment, this.open.host, { correlationId });
  }
}
