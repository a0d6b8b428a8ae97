import { InfisicalHttp } from '../../infisical/http';
import { generationName, readStatus } from '../../infisical/server';
import { answer, startStub } from './stub-server';

describe('readStatus', () => {
  it('is ready when the server says Ok', async () => {
    await using stub = await startStub((_, response) => answer(response, 200, { message: 'Ok' }));
    await expect(readStatus(new InfisicalHttp(stub.address))).resolves.toEqual({ state: 'ready' });
  });

  it('is starting while nobody listens, with the reason', async () => {
    await expect(readStatus(new InfisicalHttp('http://127.0.0.1:2'))).resolves.toEqual({
      state: 'starting',
      reason: expect.stringContaining('GET /api/status: http://127.0.0.1:2 cannot be reached'),
    });
  });

  it('does not wait for an address that sends us elsewhere', async () => {
    await using stub = await startStub((_, response) =>
      response.writeHead(301, { location: 'https://x.example/' }).end(),
    );
    await expect(readStatus(new InfisicalHttp(stub.address))).rejects.toMatchObject({ kind: 'redirected' });
  });
});

describe('the generation of a server', () => {
  /** A server with or without the newer routes, and how often somebody asked for them. */
  async function server() {
    const state = { isNew: false, asked: 0 };
    const stub = await startStub((_, response) => {
      state.asked++;
      if (state.isNew) answer(response, 401, { message: 'Token missing' });
      else answer(response, 404, { message: 'Route GET:/api/v4/secrets not found', error: 'Not Found' });
    });
    return { stub, state };
  }

  it('is asked once for all clients of the next seconds', async () => {
    const { stub, state } = await server();
    await using _ = stub;
    state.isNew = true;
    for (let client = 0; client < 3; client++)
      expect(await generationName(new InfisicalHttp(stub.address))).toBe('v4');
    expect(state.asked).toBe(1);
  });

  it('of an older one is asked by each client, since it may have been upgraded meanwhile', async () => {
    const { stub, state } = await server();
    await using _ = stub;
    expect(await generationName(new InfisicalHttp(stub.address))).toBe('v3');
    state.isNew = true;
    expect(await generationName(new InfisicalHttp(stub.address))).toBe('v4');
  });
});
