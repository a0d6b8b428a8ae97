import type { ZodType } from 'zod';
import type { Secret } from '../contracts/core/secret';
import { isInfisicalError } from './http/infisical-error';
import type { InfisicalHttp } from './http/infisical-http';
import type { Call } from './http/call';

/** A client with a token. Where it can, it logs in again once when the token has died. */
export class Session {
  private renewal: Promise<Secret> | undefined;

  constructor(
    readonly http: InfisicalHttp,
    private token: Secret,
    private readonly renew?: () => Promise<Secret>,
  ) {}

  /** Sends `call`; a dead token is refused before the server acts, so the one repeat is safe for writes too. */
  async send<T>(call: Call, schema: ZodType<T>): Promise<T> {
    const used = this.token;
    try {
      return await this.http.send(call, schema, used);
    } catch (error) {
      if (!this.renew || !isInfisicalError(error, 'tokenExpired')) throw error;
      if (this.token === used) {
        this.renewal ??= this.renew().finally(() => (this.renewal = undefined));
        this.token = await this.renewal;
      }
      return this.http.send(call, schema, this.token);
    }
  }
}
