import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { refused } from '../../contracts/core/failures';
import type { Progress } from '../engine/run-command';

/** Gives the engine the images in `folder` (the layout of `docker save`). */
export async function loadImages(engine: Docker, folder: string, { signal }: Progress = {}): Promise<void> {
  const tar = spawn('tar', ['-C', folder, '-cf', '-', '.'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    ...(signal === undefined ? {} : { signal }),
  });
  tar.on('error', () => undefined);
  const stream = (await engine.loadImage(tar.stdout, { quiet: true })) as unknown as Readable;
  const answer = Buffer.concat((await stream.toArray()) as Buffer[]).toString('utf8');
  signal?.throwIfAborted();
  const failure = /"error":\s*"((?:[^"\\]|\\.)*)"/.exec(answer)?.[1];
  if (failure !== undefined) throw refused(`The engine refused a locally built image: ${failure}`);
}
