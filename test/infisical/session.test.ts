import { z } from 'zod';
import { InfisicalHttp } from '../../infisical/http';
import { login } from '../../infisical/session';
import { Secret } from '../../contracts/core/secret';
import { answer, startStub } from './stub-server';

const credentials = { clientId: 'c', clientSecret: new Secret('s') };
const read = { method: 'GET', route: '/api/v1/thing' } as const;
const isLogin = (url: string | undefined) => url?.endsWith('/login') ?? false;

describe('a session', () => {
  it('logs in again once when its token has died, and only once for calls in parallel', async () => {
    let logins = 0;
    await using stub = await startStub(({ url, headers }, response) => {
      if (isLogin(url)) return answer(response, 200, { accessToken: `token-${++logins}` });
      if (headers.authorization === 'Bearer token-2') return answer(response, 200, {});
      answer(response, 401, { message: 'No identity access token found', error: 'UnauthorizedError' });
    });
    const session = await login(new InfisicalHttp(stub.address), credentials);
    await Promise.all([session.send(read, z.unknown()), session.send(read, z.unknown())]);
    expect(logins).toBe(2);
  });

  it('does not go round in circles with a server that refuses fresh tokens', async () => {
    let requests = 0;
    await using stub = await startStub(({ url }, response) => {
      requests += 1;
      if (isLogin(url)) return answer(response, 200, { accessToken: 't' });
      answer(response, 403, { message: 'invalid signature', error: 'TokenError' });
    });
    const session = await login(new InfisicalHttp(stub.address), credentials);
    await expect(session.send(read, z.unknown())).rejects.toMatchObject({ kind: 'tokenExpired' });
    expect(requests).toBe(4);
  });

  it.each([
    [401, 'Invalid credentials'],
    [404, 'No identity with specified client ID was found'],
  ])('never repeats a refused login (%i %s)', async (status, message) => {
    let requests = 0;
    await using stub = await startStub((_, response) => {
      requests += 1;
      answer(response, status, { message, error: 'x' });
    });
    await expect(login(new InfisicalHttp(stub.address), credentials)).rejects.toMatchObject({
      kind: 'unauthorised',
    });
    expect(requests).toBe(1);
  });
});
