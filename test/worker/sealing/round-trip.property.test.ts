import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { Secret, isSecret } from '../../../contracts/core/secret';
import { CodecKeys } from '../../../worker/sealing/codec-keys';
import { payloadConverter } from '../../../worker/sealing/payload-converter';
import { SecretCodec } from '../../../worker/sealing/secret-codec';

const codec = new SecretCodec(new CodecKeys([['k1', randomBytes(32)]]));

/** Any string, also half of a surrogate pair. */
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constant('\ud800'));
const key = fc.oneof(
  fc.string(),
  fc.constantFrom('$secret', '$$secret', '$$$secret', '__proto__', 'kid', 'enc'),
);
const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text.map((plain) => new Secret(plain)),
    text,
    fc.oneof(fc.boolean(), fc.constant(null), fc.integer()),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
}));

/** Secrets as comparable values: their own equality says nothing. */
function shown(value: unknown): unknown {
  if (isSecret(value)) return ['a Secret', value.reveal()];
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).map(([name, part]) => [name, shown(part)]);
}

describe('converter and codec', () => {
  it('give back what went in, whatever its keys are called', async () => {
    await fc.assert(
      fc.asyncProperty(anything, async (value) => {
        const sealed = await codec.encode([payloadConverter.toPayload(value)]);
        const [opened] = await codec.decode(sealed);
        expect(shown(opened && payloadConverter.fromPayload(opened))).toEqual(shown(value));
      }),
      { numRuns: 500 },
    );
  });
});
