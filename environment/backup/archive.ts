import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { ApplicationFailure } from '@temporalio/common';
import { extract, pack } from 'tar-stream';
import { refused } from '../../contracts/core/failures';
import { fsyncFolder, temporaryBeside } from '../files/atomic';
import { isErrno, namingUnwritable } from '../files/system';
import { seal, unseal, type Opening, type Sealing } from './seal';

/** A file of an archive; at most a few MiB, since it is held in memory. */
export interface Entry {
  name: string;
  content: Buffer;
}

/**
 * Writes entries as one file: a tar, gzipped, sealed by age. It appears complete and durable under its name, or not at
 * all; nothing of it is on a disk in clear. `series` begins the names of the files among which a killed writer left a part.
 */
export async function writeArchive(
  path: string,
  series: string,
  entries: AsyncIterable<Entry>,
  sealing: Sealing,
): Promise<{ bytes: number }> {
  return namingUnwritable(path, async () => {
    const temporary = await temporaryBeside(dirname(path), series);
    const handle = await open(temporary, 'wx', 0o600);
    try {
      const tar = pack();
      const zipped = createGzip();
      const clear = pipeline(tar, zipped);
      clear.catch(() => undefined); // `written` fails for the same reason
      const sealed = await seal(zipped, sealing);
      const written = (async () => {
        for await (const chunk of sealed) await handle.appendFile(chunk as Buffer);
      })();
      written.catch(() => undefined); // asked below
      const filled = (async () => {
        for await (const { name, content } of entries)
          await new Promise<void>((resolve, reject) => {
            const header = { name, size: content.length, mode: 0o600, mtime: new Date(0) };
            tar.entry(header, (error) => (error ? reject(error) : resolve())).end(content);
          });
        tar.finalize();
      })().catch((error: unknown) => {
        tar.destroy(error as Error);
        throw error;
      });
      await Promise.all([filled, clear, written]);
      await handle.sync();
      const { size } = await handle.stat();
      await rename(temporary, path);
      await fsyncFolder(dirname(path));
      return { bytes: size };
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
  });
}

const MOST_ENTRY = 64 * 1024 * 1024; // far above what we write

/** The entries of a file, in order. Refused where it is no archive of ours, is cut off, or was changed. */
export async function* readArchive(path: string, opening: Opening): AsyncGenerator<Entry> {
  const file = basename(path);
  const source = createReadStream(path);
  source.on('error', () => undefined); // told by whoever reads it, if anybody does
  try {
    const clear = await unseal(source, opening, file);
    const tar = extract();
    // an error on the way ends the reading of entries, which would wait for ever otherwise
    const read = pipeline(clear, createGunzip(), new PassThrough(), tar);
    read.catch((error: unknown) => tar.destroy(error as Error));
    for await (const entry of tar) {
      const { name, size = 0, type } = entry.header;
      if (type !== 'file' || size > MOST_ENTRY) throw new Error('no entry of ours');
      yield { name, content: await buffer(Readable.from(entry)) };
    }
    await read;
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error;
    if (isErrno(error, 'ENOENT')) throw refused(`${path} is not there.`);
    if (isErrno(error, 'EACCES', 'EISDIR', 'EIO')) throw refused(`${path} cannot be read (${error.code}).`);
    throw refused(`${file} is cut off or was changed: it is no whole backup.`, { cause: error });
  } finally {
    source.destroy();
  }
}
