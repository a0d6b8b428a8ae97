import { InfisicalSDK } from '@infisical/sdk';
import { z } from 'zod';
import { Secret } from '../../contracts/core/secret';
import { InfisicalError, isInfisicalError } from '../../infisical/problem';
import { tokenExpiry } from '../../infisical/session';
import { sdkCall } from './sdk-call';

interface LoginSettings {
  host: string;
  clientId: string;
  clientSecret: Secret;
  deadline: number;
}

const LOGIN = { method: 'POST', route: '/api/v1/auth/universal-auth/login' } as const;
const answerSchema = z.object({ accessToken: z.string().min(1) });

/** The third refused login locks the identity for five minutes: after one, nothing is tried for as long. */
const REFUSED_FOR_MS = 300_000;

/** Keeps the SDK logged in: one login for calls in parallel, one more when the token has died, none after a refusal. */
export class SdkLogin {
  token: Secret | undefined;
  /** Of the token, in seconds since the epoch; undefined before the first login and for tokens that do not say. */
  expiresAt: number | undefined;
  private underWay: Promise<void> | undefined;
  private refusal: { error: InfisicalError; until: number } | undefined;

  /** The SDK that holds the token. */
  sdk: InfisicalSDK;

  constructor(private readonly settings: LoginSettings) {
    this.sdk = new InfisicalSDK({ siteUrl: settings.host });
  }

  /** Runs `work` with a token; a token that the server calls dead is replaced once. */
  async during<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.token === undefined) await this.logIn(signal);
    const used = this.token;
    try {
      return await work();
    } catch (error) {
      if (!isInfisicalError(error, 'tokenExpired')) throw error;
      if (this.token === used) await this.logIn(signal);
      return work();
    }
  }

  private async logIn(signal: AbortSignal): Promise<void> {
    if (this.refusal !== undefined && performance.now() < this.refusal.until) throw this.refusal.error;
    this.underWay ??= this.request(signal).finally(() => (this.underWay = undefined));
    await this.underWay;
  }

  private async request(signal: AbortSignal): Promise<void> {
    const { clientId, clientSecret, host, deadline } = this.settings;
    const reach = { host, deadline, signal, authenticated: false };
    // A new one each time: one with a dead token sends it along, and the server refuses the login for it.
    const sdk = new InfisicalSDK({ siteUrl: host });
    try {
      const send = () => sdk.auth().universalAuth.login({ clientId, clientSecret: clientSecret.reveal() });
      const { accessToken } = await sdkCall(LOGIN, send, answerSchema, reach);
      this.sdk = sdk;
      this.token = new Secret(accessToken);
      this.expiresAt = tokenExpiry(this.token);
      this.refusal = undefined;
    } catch (error) {
      throw this.remember(error);
    }
  }

  private remember(error: unknown): unknown {
    // the server of 2024 answers 404 to a client id that it does not know
    const refused = isInfisicalError(error, 'notFound')
      ? new InfisicalError(error.message, { kind: 'unauthorised' }, error.status, error.server)
      : error;
    if (isInfisicalError(refused, 'unauthorised', 'lockedOut', 'forbidden'))
      this.refusal = { error: refused, until: performance.now() + REFUSED_FOR_MS };
    return refused;
  }
}
