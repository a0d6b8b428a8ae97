import { z } from 'zod';
import { InfisicalError, isInfisicalError } from '../problem';
import type { InfisicalHttp } from '../http';
import { readBootstrapToken, removeBootstrapToken } from '../state/bootstrap-token';

/**
 * Ends the bootstrap token once the administrator's password is proven. An outage is an InfisicalError, to be tried
 * again: no run ends while an administrator's token lies about. One that the server refuses is dead already.
 */
export async function revokeBootstrapToken(http: InfisicalHttp, stateDir: string): Promise<string[]> {
  const stored = await readBootstrapToken(stateDir);
  if (!stored) return [];
  try {
    await http.send(
      { method: 'POST', route: '/api/v1/auth/token/revoke', body: { accessToken: stored.token.reveal() } },
      z.unknown(),
    );
    await removeBootstrapToken(stateDir);
    return ['revoked the bootstrap token'];
  } catch (error) {
    if (!(error instanceof InfisicalError) || isInfisicalError(error, 'unavailable', 'rateLimited'))
      throw error;
    await removeBootstrapToken(stateDir);
    return ['removed the bootstrap token, which the server refuses'];
  }
}
