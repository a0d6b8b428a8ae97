import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { prove } from '../../activities/runtime';
import { FailureType } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';

const KEY = new Secret('of this run');
const files = [{ node: 'n1', service: 's', values: { KEY: 'the value' } }];

describe('the proof of a runtime service', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  /** A service that holds `value` for KEY, or has no such route. */
  async function serviceWith(value: string | undefined): Promise<string> {
    server = createServer((request, response) => {
      const digest = createHmac('sha256', request.url === '/proof' ? KEY.reveal() : 'another')
        .update(value ?? '')
        .digest('hex');
      response.writeHead(value === undefined ? 404 : 200).end(JSON.stringify({ n1: { KEY: digest } }));
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('accepts a service that holds what it was given', async () => {
    expect(await prove(await serviceWith('the value'), 'svc', files, KEY)).toBe('proven');
  });

  it('names the keys of a service that holds something else, and no value', async () => {
    const attempt = prove(await serviceWith('another value'), 'svc', files, KEY);
    await expect(attempt).rejects.toMatchObject({
      type: FailureType.refused,
      message: expect.stringContaining('n1/KEY'),
    });
    await expect(attempt).rejects.not.toMatchObject({ message: expect.stringContaining('the value') });
  });

  it('does not ask a service that has no such route', async () => {
    expect(await prove(await serviceWith(undefined), 'svc', files, KEY)).toBe('not asked');
  });
});
