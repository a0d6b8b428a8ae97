import type { SecretWrite } from '../../contracts/plan/writes';

/** The server builds one SQL condition per key; a hundred stays fast. */
export const CHUNK_KEYS = 100;
/** Bytes of keys and values; the server refuses bodies over 1 MiB, and JSON escapes may double the size. */
export const CHUNK_BYTES = 256 * 1024;

/** Splits writes, in order, into batches within both limits. A value larger than the limit goes alone. */
export function chunkWrites(writes: readonly SecretWrite[]): SecretWrite[][] {
  const chunks: SecretWrite[][] = [];
  let bytes = 0;
  for (const write of writes) {
    const size = sizeOf(write);
    const last = chunks.at(-1);
    if (!last || last.length >= CHUNK_KEYS || bytes + size > CHUNK_BYTES) {
      chunks.push([write]);
      bytes = size;
    } else {
      last.push(write);
      bytes += size;
    }
  }
  return chunks;
}

const sizeOf = ({ folder, key, value }: SecretWrite) =>
  Buffer.byteLength(JSON.stringify([folder, key, value.reveal()]));
