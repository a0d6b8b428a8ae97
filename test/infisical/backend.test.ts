import fc from 'fast-check';
import { CHUNK_BYTES, CHUNK_KEYS, chunkWrites } from '../../infisical/backend';
import { Secret } from '../../contracts/core/secret';
import type { SecretWrite } from '../../contracts/plan/writes';

const sized = (bytes: number, index: number): SecretWrite => ({
  action: 'CREATE',
  folder: '/f',
  key: `K${index}`,
  value: new Secret('x'.repeat(bytes)),
});

describe('chunkWrites', () => {
  it('keeps order and every write, within both limits', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: CHUNK_BYTES }), { maxLength: 1_250 }), (sizes) => {
        const writes = sizes.map(sized);
        const chunks = chunkWrites(writes);
        expect(chunks.flat()).toEqual(writes);
        for (const chunk of chunks) {
          expect(chunk.length).toBeLessThanOrEqual(CHUNK_KEYS);
          const bytes = chunk.reduce((sum, { value }) => sum + value.reveal().length, 0);
          expect(chunk.length === 1 || bytes <= CHUNK_BYTES).toBe(true);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('does not split what fits', () => {
    expect(chunkWrites(Array.from({ length: CHUNK_KEYS }, (_, i) => sized(100, i)))).toHaveLength(1);
    expect(chunkWrites(Array.from({ length: CHUNK_KEYS + 1 }, (_, i) => sized(100, i)))).toHaveLength(2);
  });
});
