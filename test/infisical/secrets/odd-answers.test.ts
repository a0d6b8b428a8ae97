import type { IncomingMessage } from 'node:http';
import { InfisicalHttp } from '../../../infisical/http';
import { listSecrets, writeSecrets } from '../../../infisical/secrets/secrets';
import { Session } from '../../../infisical/session';
import { Secret } from '../../../contracts/core/secret';
import { answer, startStub } from '../stub-server';

const scope = { projectId: 'p', environment: 'dev' };
const session = (address: string) => new Session(new InfisicalHttp(address), new Secret('token'));
const probe = ({ headers }: IncomingMessage) => headers.authorization === undefined;

describe('answers that a development server cannot give', () => {
  it('never takes the placeholder of a hidden value for the value', async () => {
    await using stub = await startStub((request, response) => {
      if (probe(request))
        return answer(response, 401, { message: 'Token missing', error: 'UnauthorizedError' });
      const secret = { secretKey: 'A', secretPath: '/x/', version: 1, type: 'shared' };
      const hidden = { secretValue: '<hidden-by-infisical>', secretValueHidden: true };
      answer(response, 200, { secrets: [{ ...secret, ...hidden }] });
    });
    await expect(listSecrets(session(stub.address), scope)).rejects.toMatchObject({
      kind: 'forbidden',
      message: expect.stringContaining('A in /x but not its value'),
    });
  });

  it('takes a change request for the refusal that it is', async () => {
    await using stub = await startStub((request, response) => {
      if (probe(request))
        return answer(response, 401, { message: 'Token missing', error: 'UnauthorizedError' });
      answer(response, 200, { approval: { id: 'r-1' } });
    });
    const write = { action: 'CREATE', folder: '/x', key: 'A', value: new Secret('hush') } as const;
    await expect(writeSecrets(session(stub.address), scope, [write])).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(/did not write \/x but opened a change request/),
    });
  });

  it('works where unknown routes answer with the page of the user interface', async () => {
    await using stub = await startStub(({ url }, response) => {
      if (url?.startsWith('/api/v3/secrets/raw')) return answer(response, 200, { secrets: [] });
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>');
    });
    await expect(listSecrets(session(stub.address), scope)).resolves.toEqual([]);
  });

  it.each([
    [true, 'environment dev exists, so this is a fault of the server'],
    [false, undefined],
  ])('explains the 500 of 2024 to a recursive listing (environment there: %s)', async (there, message) => {
    await using stub = await startStub(({ url }, response) => {
      if (url?.startsWith('/api/v3/secrets/raw'))
        return answer(response, 500, { message: 'Something went wrong', error: 'InternalServerError' });
      const environments = there ? [{ id: 'e', slug: 'dev', name: 'Development' }] : [];
      if (url === '/api/v1/workspace/p')
        return answer(response, 200, { workspace: { id: 'p', name: 'P', slug: 'p', environments } });
      answer(response, 404, { message: `Route GET:${url} not found`, error: 'Not Found' });
    });
    const listing = listSecrets(session(stub.address), scope);
    if (message === undefined) await expect(listing).resolves.toEqual([]);
    else await expect(listing).rejects.toThrow(message);
  });
});
