import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { connectEngine } from '../../stack/engine/connect-engine';

/** An engine that has no image, and whose registry says this; hears what it was asked. */
export async function engineThatSays(folder: string, error: string) {
  const socket = join(folder, 'docker.sock');
  const pulls: { url: string; auth: string | undefined }[] = [];
  const server = createServer(({ url = '', headers }, response) => {
    if (url.includes('/images/create')) {
      pulls.push({ url, auth: headers['x-registry-auth'] as string | undefined });
      return response.end(`${JSON.stringify({ error })}\n`);
    }
    if (url.includes('/volumes')) return response.end('{"Volumes":[]}');
    response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"no such image"}');
  }).listen(socket);
  await once(server, 'listening');
  return {
    engine: connectEngine({ engine: { host: `unix://${socket}` } }),
    pulls,
    [Symbol.asyncDispose]: async () => void (await new Promise((done) => server.close(done))),
  };
}
