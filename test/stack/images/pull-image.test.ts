import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { connectEngine } from '../../../stack/engine/connect-engine';
import { pullImage } from '../../../stack/images/pull-image';
import { temporaryFolder } from '../../environment/files/temporary-folder';

/** What comes of a pull from an engine that answers so. */
async function pull(answer: (response: ServerResponse) => void) {
  await using folder = await temporaryFolder();
  const socket = join(folder.path, 'docker.sock');
  const server = createServer((_request, response) => answer(response)).listen(socket);
  await once(server, 'listening');
  const progress: string[] = [];
  try {
    const engine = connectEngine({ engine: { host: `unix://${socket}` } });
    const onProgress = (line: string) => progress.push(line);
    return { result: await pullImage(engine, 'app:1', { onProgress }), progress };
  } finally {
    server.close();
  }
}

const lines = (...events: object[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('');
const layer = (id: string, status: string) => ({ id, status });

describe('pullImage', () => {
  it('tells how many layers are here', async () => {
    const events = lines(
      layer('a', 'Already exists'),
      layer('b', 'Pulling fs layer'),
      layer('b', 'Downloading'),
      layer('b', 'Pull complete'),
    );
    expect(await pull((response) => response.end(events))).toEqual({
      result: { state: 'pulled' },
      progress: ['pulling app:1: 1 of 1 layers', 'pulling app:1: 2 of 2 layers'],
    });
  });

  it('finds no registry where none answers', async () => {
    const { result } = await pull((response) => response.end(lines({ error: 'dial tcp: no such host' })));
    expect(result).toMatchObject({ state: 'unreachable', reason: 'DNS does not know its name' });
  });

  it.each([
    ['manifest unknown', { type: 'BadInput', message: expect.stringContaining('has no image app:1') }],
    ['toomanyrequests: slow down', { type: 'Unavailable', nextRetryDelay: 60_000 }],
  ])('takes no other image where a registry answers with %s', async (error, failure) => {
    await expect(pull((response) => response.end(lines({ error })))).rejects.toMatchObject(failure);
  });

  it('may be tried again where it was cut off', async () => {
    const begun = pull((response) => {
      response.write(lines(layer('a', 'Pulling fs layer')));
      setTimeout(() => response.destroy(), 50);
    });
    await expect(begun).rejects.toMatchObject({
      type: 'Unavailable',
      message: 'Pulling app:1 was cut off.',
    });
  });
});
