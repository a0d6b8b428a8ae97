import { z } from 'zod';
import { Secret } from '../contracts/core/secret';
import { InfisicalError, isInfisicalError } from './http/infisical-error';
import type { InfisicalHttp } from './http/infisical-http';
import { Session } from './session';

export interface UniversalAuth {
  clientId: string;
  clientSecret: Secret;
}

const answerSchema = z.object({ accessToken: z.string().min(1) });
const ROUTE = '/api/v1/auth/universal-auth/login';

/** Logs a machine identity in. Bad credentials are never tried again: the third try locks the identity. */
export async function login(http: InfisicalHttp, credentials: UniversalAuth): Promise<Session> {
  const logIn = () => requestToken(http, credentials);
  return new Session(http, await logIn(), logIn);
}

async function requestToken(http: InfisicalHttp, { clientId, clientSecret }: UniversalAuth): Promise<Secret> {
  try {
    const body = { clientId, clientSecret: clientSecret.reveal() };
    const { accessToken } = await http.send({ method: 'POST', route: ROUTE, body }, answerSchema);
    return new Secret(accessToken);
  } catch (error) {
    // the server of 2024 answers 404 to a client id that it does not know
    if (isInfisicalError(error, 'notFound'))
      throw new InfisicalError(error.message, { kind: 'unauthorised' }, error.status, error.server);
    throw error;
  }
}
