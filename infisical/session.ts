import { z, type ZodType } from 'zod';
import { Secret } from '../contracts/core/secret';
import type { Call, InfisicalHttp } from './http';
import { isInfisicalError, means, type InfisicalError } from './problem';

/** What a machine identity logs in with. */
export interface UniversalAuth {
  clientId: string;
  clientSecret: Secret;
}

/** The third refused login locks an identity for five minutes: after one, a session tries none for as long. */
const REFUSED_FOR_MS = 300_000;
const loginSchema = z.object({ accessToken: z.string().min(1) });

/** A token at one Infisical. Where its session can log in, a token that has died is replaced once. */
export class Session {
  private underWay: Promise<Secret> | undefined;
  private refusal: { error: InfisicalError; until: number } | undefined;

  constructor(
    readonly http: InfisicalHttp,
    private token: Secret | undefined,
    private readonly logIn?: (signal: AbortSignal | undefined) => Promise<Secret>,
  ) {}

  get isLoggedIn(): boolean {
    return this.token !== undefined;
  }

  /** When its token ends, in seconds since the epoch; undefined where there is none yet, or it does not say. */
  get expiresAt(): number | undefined {
    return this.token && tokenExpiry(this.token);
  }

  /** Its token; one that has none yet logs in. */
  ready(): Promise<Secret> {
    return this.during((token) => Promise.resolve(token));
  }

  /**
   * Runs `work` with the token. A dead token is refused before the server acts, so the one repeat, with a new token, is
   * safe for writes too. Calls in parallel share one login; `signal` ends it.
   */
  async during<T>(work: (token: Secret) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const used = this.token ?? (await this.newToken(signal));
    try {
      return await work(used);
    } catch (error) {
      if (!this.logIn || !isInfisicalError(error, 'tokenExpired')) throw error;
      const replaced = this.token === used ? undefined : this.token;
      return work(replaced ?? (await this.newToken(signal)));
    }
  }

  send<T>(call: Call, schema: ZodType<T>): Promise<T> {
    return this.during((token) => this.http.send(call, schema, token), call.signal);
  }

  get<T>(route: string, schema: ZodType<T>, rest: Partial<Call> = {}): Promise<T> {
    return this.send({ ...rest, method: 'GET', route }, schema);
  }

  post<T>(route: string, schema: ZodType<T>, rest: Partial<Call> = {}): Promise<T> {
    return this.send({ body: {}, ...rest, method: 'POST', route }, schema);
  }

  private newToken(signal: AbortSignal | undefined): Promise<Secret> {
    if (this.refusal !== undefined && performance.now() < this.refusal.until)
      return Promise.reject(this.refusal.error);
    this.underWay ??= this.renew(signal).finally(() => (this.underWay = undefined));
    return this.underWay;
  }

  private async renew(signal: AbortSignal | undefined): Promise<Secret> {
    if (!this.logIn) throw new TypeError('This session has no token and no way to get one.');
    try {
      this.token = await this.logIn(signal);
      return this.token;
    } catch (error) {
      if (means(error, 'credentials', 'permission'))
        this.refusal = { error, until: performance.now() + REFUSED_FOR_MS };
      throw error;
    }
  }
}

/** A session of a machine identity that logs in at its first call, or when the token that it has is dead. */
export const sessionOf = (http: InfisicalHttp, credentials: UniversalAuth, token?: Secret): Session =>
  new Session(http, token, (signal) => requestToken(http, credentials, signal));

/** Logs a machine identity in. Bad credentials are `unauthorised`, and never tried again: the third try locks it. */
export async function login(http: InfisicalHttp, credentials: UniversalAuth): Promise<Session> {
  const session = sessionOf(http, credentials);
  await session.ready();
  return session;
}

async function requestToken(
  http: InfisicalHttp,
  { clientId, clientSecret }: UniversalAuth,
  signal: AbortSignal | undefined,
): Promise<Secret> {
  const route = '/api/v1/auth/universal-auth/login';
  const body = { clientId, clientSecret: clientSecret.reveal() };
  try {
    const call = { method: 'POST', route, body, ...(signal && { signal }) } as const;
    return new Secret((await http.send(call, loginSchema)).accessToken);
  } catch (error) {
    // the server of 2024 answers 404 to a client id that it does not know
    throw isInfisicalError(error, 'notFound') ? error.as({ kind: 'unauthorised' }) : error;
  }
}

const claimsSchema = z.object({
  exp: z.number().optional(),
  jti: z.string().optional(),
  identityAccessTokenId: z.string().optional(),
});

/** When a token ends, in seconds since the epoch; undefined where it has no `exp`, or is no JWT. */
export const tokenExpiry = (token: Secret): number | undefined => claimsOf(token)?.exp;

/** A machine identity's token as the server lists it; undefined where the token does not say. */
export function tokenId(token: Secret): string | undefined {
  const claims = claimsOf(token);
  return claims?.identityAccessTokenId ?? claims?.jti;
}

function claimsOf(token: Secret): z.infer<typeof claimsSchema> | undefined {
  try {
    const claims = Buffer.from(token.reveal().split('.')[1] ?? '', 'base64url').toString();
    return claimsSchema.parse(JSON.parse(claims));
  } catch {
    return undefined;
  }
}
