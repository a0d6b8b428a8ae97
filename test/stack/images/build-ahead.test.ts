import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buildAhead } from '../../../stack/images/ensure-local-images';
import { temporaryFolder } from '../../environment/files/temporary-folder';

/** Whether a build begins while the engine is installed; it is ended at once. */
async function begins(image: string, registry: string): Promise<boolean> {
  await using folder = await temporaryFolder();
  const cacheDir = join(folder.path, 'images');
  await buildAhead([image], { cacheDir, signal: AbortSignal.abort() }, registry);
  return existsSync(cacheDir);
}

describe('local images ahead of the engine', () => {
  const nowhere = 'http://127.0.0.1:1';

  it('are begun where no registry can be reached', async () => {
    expect(await begins('postgres:16-alpine', nowhere)).toBe(true);
  });

  it('are not begun where the registry answers, whatever it says', async () => {
    const server = createServer((_, response) => response.writeHead(401).end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await begins('postgres:16-alpine', `http://127.0.0.1:${port}/v2/`)).toBe(false);
    server.close();
  });

  it('are not begun for images that none stands for', async () => {
    expect(await begins('ghcr.io/some/postgres:16', nowhere)).toBe(false);
  });
});
