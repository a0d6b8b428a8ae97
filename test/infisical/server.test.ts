import { InfisicalHttp } from '../../infisical/http';
import { readStatus } from '../../infisical/server';
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
