import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { showNodeFiles, writeNodeFile } from '../../../activities/prefetch/node-files';
import { proveRuntime } from '../../../activities/runtime/prove-runtime';
import { FailureType } from '../../../contracts/core/failures';
import { Secret } from '../../../contracts/core/secret';

describe('proveRuntime', () => {
  const dir = mkdtempSync(join(tmpdir(), 'onex-proof-'));
  let server: Server | undefined;
  beforeAll(async () => {
    await writeNodeFile(dir, {
      node: 'n1',
      service: 's',
      values: new Map([['KEY', new Secret('the value')]]),
    });
    await showNodeFiles(dir, 'svc', ['n1']);
  });
  afterEach(() => server?.close());
  afterAll(() => rmSync(dir, { recursive: true }));

  /** A service that holds `value` for KEY, or has no such route. */
  async function serviceWith(value: string | undefined): Promise<string> {
    server = createServer((request, response) => {
      const nonce = new URL(request.url ?? '', 'http://x').searchParams.get('nonce') ?? '';
      const digest = createHmac('sha256', nonce)
        .update(value ?? '')
        .digest('hex');
      response.writeHead(value === undefined ? 404 : 200).end(JSON.stringify({ n1: { KEY: digest } }));
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('accepts a service that holds what it was given', async () => {
    expect(await proveRuntime(await serviceWith('the value'), dir, 'svc', ['n1'])).toBe('proven');
  });

  it('names the keys of a service that holds something else, and no value', async () => {
    const attempt = proveRuntime(await serviceWith('another value'), dir, 'svc', ['n1']);
    await expect(attempt).rejects.toMatchObject({
      type: FailureType.refused,
      message: expect.stringContaining('n1/KEY'),
    });
    await expect(attempt).rejects.not.toMatchObject({ message: expect.stringContaining('the value') });
  });

  it('does not ask a service that has no such route', async () => {
    expect(await proveRuntime(await serviceWith(undefined), dir, 'svc', ['n1'])).toBe('not asked');
  });
});
