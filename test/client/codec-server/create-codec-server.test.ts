import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { RequestRecord } from '../../../client/codec-server/audit';
import { createCodecServer } from '../../../client/codec-server/create-codec-server';
import { addGrant, ensureAccessToken } from '../../../client/codec-server/grants';
import { CodecKeys } from '../../../worker/sealing/codec-keys';
import { SecretCodec } from '../../../worker/sealing/secret-codec';
import { temporaryFolder } from '../../environment/files/temporary-folder';

const codec = new SecretCodec(new CodecKeys([['k1', randomBytes(32)]]));
const payloads = JSON.stringify({ payloads: [] });

/** A server in `dir`, and requests with any path and method, as no `fetch` sends them. */
async function serverIn(dir: string, audit: (record: RequestRecord) => void) {
  const server = createCodecServer({ codec, dir, origin: undefined, audit });
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  const ask = (method: string, path: string, body = '') =>
    new Promise<{ status: number | undefined; body: string }>((resolve, reject) =>
      request(address, { method, path, agent: false }, (response) => {
        text(response).then((answer) => resolve({ status: response.statusCode, body: answer }), reject);
      })
        .on('error', reject)
        .end(body),
    );
  return { ask, [Symbol.asyncDispose]: () => server.close() };
}

describe('createCodecServer', () => {
  it('answers nothing that cannot be audited', async () => {
    await using folder = await temporaryFolder();
    await using server = await serverIn(folder.path, () => {
      throw new Error('the disk is full');
    });
    const { token } = await addGrant(folder.path, 'anna', 5);
    const { status, body } = await server.ask('POST', `/${token.reveal()}/decode`, payloads);
    expect(status).toBe(500);
    expect(body).not.toContain('payloads');
  });

  it('answers a few requests a minute without a token, and all of those with one', async () => {
    await using folder = await temporaryFolder();
    const records: RequestRecord[] = [];
    await using server = await serverIn(folder.path, (record) => void records.push(record));
    const { token } = await addGrant(folder.path, 'anna', 5);
    const asked: (number | undefined)[] = [];
    for (let tries = 0; tries < 50; tries++)
      asked.push((await server.ask('POST', `/guess${tries}/decode`, payloads)).status);
    expect(asked).toEqual([...Array<number>(30).fill(401), ...Array<number>(20).fill(429)]);
    // the first of a flood is told, and the others do not fill the disk
    expect(records.map(({ status }) => status)).toEqual([...Array<number>(30).fill(401), 429]);
    expect((await server.ask('POST', `/${token.reveal()}/decode`, payloads)).status).toBe(200);
    expect(records.at(-1)).toMatchObject({ who: 'anna', outcome: 'done' });
  });

  it('audits what no router would take: odd paths, methods and bodies', async () => {
    await using folder = await temporaryFolder();
    const records: RequestRecord[] = [];
    await using server = await serverIn(folder.path, (record) => void records.push(record));
    const token = (await ensureAccessToken(folder.path)).reveal();
    const asked = [
      await server.ask('POST', '/%zz/%/encode', payloads),
      await server.ask('POST', `/${token}/%zz`, payloads),
      await server.ask('POST', `/${token}/encode/more`, payloads),
      await server.ask('POST', `/${token}/encode?x=/y`, payloads),
      await server.ask('POST', `/${token}/encode`),
      await server.ask('HEAD', `/${token}/encode`),
      await server.ask('PROPFIND', `/${token}/encode`),
    ];
    expect(asked.map(({ status }) => status)).toEqual([401, 404, 404, 200, 400, 405, 405]);
    expect(records.map(({ route, outcome }) => `${route} ${outcome}`)).toEqual([
      ...[' no token', '%25zz no route', ' no route', 'encode done', 'encode unusable'],
      ...['encode no method', 'encode no method'],
    ]);
  });
});
