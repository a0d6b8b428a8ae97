import { defaultPayloadConverter, type Payload, type SerializationContext } from '@temporalio/common';
import { randomBytes } from 'node:crypto';
import { Secret } from '../../../contracts/core/secret';
import { CodecKeys } from '../../../worker/sealing/codec-keys';
import { payloadConverter } from '../../../worker/sealing/payload-converter';
import { SecretCodec } from '../../../worker/sealing/secret-codec';

const [one, two] = [randomBytes(32), randomBytes(32)];
const codec = new SecretCodec(new CodecKeys([['k1', one]]));
const rotated = new SecretCodec(
  new CodecKeys([
    ['k2', two],
    ['k1', one],
  ]),
);
const keyless = new SecretCodec(undefined);
const payloadOf = (value: unknown) => payloadConverter.toPayload(value);
const textOf = ({ data }: Payload) => Buffer.from(data ?? '').toString();
const leafOf = (payload: Payload) =>
  (JSON.parse(textOf(payload)) as { $secret: { kid: string; enc: string } }).$secret;
const canary = 'canary-5f1c9e';

async function sealed(value: unknown, by = codec): Promise<Payload> {
  const [payload] = await by.encode([payloadOf(value)]);
  if (payload === undefined) throw new Error('no payload');
  return payload;
}

async function opened(payload: Payload, by = codec): Promise<unknown> {
  const [plain] = await by.decode([payload]);
  return plain && payloadConverter.fromPayload(plain);
}

describe('SecretCodec', () => {
  it('seals the leaves and leaves all around them readable', async () => {
    const payload = await sealed({ name: 'DB_PASSWORD', value: new Secret(canary), version: 3 });
    expect(JSON.parse(textOf(payload))).toEqual({
      name: 'DB_PASSWORD',
      value: { $secret: { kid: 'k1', enc: expect.any(String) } },
      version: 3,
    });
    expect(JSON.stringify(payload)).not.toContain(Buffer.from(canary).toString('base64').slice(0, 12));
    expect(Buffer.from(payload.metadata?.['encoding'] ?? '').toString()).toBe('json/plain');
    expect((await opened(payload)) as { value: Secret }).toMatchObject({ name: 'DB_PASSWORD', version: 3 });
  });

  it('seals the same value differently each time, and shows its length in steps of 32 bytes', async () => {
    const enc = async (value: string) => leafOf(await sealed(new Secret(value))).enc;
    expect(await enc('a')).not.toBe(await enc('a'));
    expect((await enc('a')).length).toBe((await enc('a'.repeat(30))).length);
    expect((await enc('a')).length).toBeLessThan((await enc('a'.repeat(31))).length);
  });

  it('touches nothing that holds no Secret, nor what is sealed', async () => {
    const plain = defaultPayloadConverter.toPayload({ $secret: 'mine' });
    const done = await sealed(new Secret(canary));
    expect(await codec.encode([plain, done])).toEqual([plain, done]);
    expect(await keyless.encode([plain, done])).toEqual([plain, done]);
    expect(await keyless.decode([plain])).toEqual([plain]);
  });

  it('seals with the first key and opens with any', async () => {
    expect(leafOf(await sealed(new Secret(canary), rotated)).kid).toBe('k2');
    const value = await opened(await sealed(new Secret(canary)), rotated);
    expect((value as Secret).reveal()).toBe(canary);
  });

  it('names the key that is missing', async () => {
    const payload = await sealed(new Secret(canary), rotated);
    await expect(codec.decode([payload])).rejects.toMatchObject({
      type: 'MissingPrerequisite',
      message: expect.stringMatching(/codec key k2.*ONEX_CODEC_KEY_FILE/),
    });
  });

  it.each([
    ['a byte of it', (enc: Buffer) => enc.fill(enc[20]! ^ 1, 20, 21), 'k1'],
    ['its end', (enc: Buffer) => enc.subarray(0, 20), 'k1'],
    ['all of it', () => Buffer.alloc(0), 'k1'],
    ['the id of its key', (enc: Buffer) => enc, 'k2'],
  ])('does not open one of which %s was altered, and says by which key', async (_, alter, kid) => {
    const payload = await sealed(new Secret(canary));
    const enc = alter(Buffer.from(leafOf(payload).enc, 'base64')).toString('base64');
    const altered = { ...payload, data: Buffer.from(JSON.stringify({ $secret: { kid, enc } })) };
    const same = new SecretCodec(
      new CodecKeys([
        ['k1', one],
        ['k2', one],
      ]),
    );
    await expect(same.decode([altered])).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringContaining(`codec key ${kid} does not open`),
    });
  });

  it('refuses what says that it is sealed and is not', async () => {
    const payload = await sealed(new Secret(canary));
    const data = Buffer.from(JSON.stringify({ $secret: canary }));
    await expect(codec.decode([{ ...payload, data }])).rejects.toMatchObject({
      type: 'Refused',
      message: 'A payload says that its Secrets are sealed, but one of them has no kid and enc.',
    });
  });

  describe('binds what it seals to its place', () => {
    const activity = (activityId: string) =>
      ({ type: 'activity', namespace: 'onex', workflowId: 'wf', activityId, isLocal: false }) as const;
    const workflow = (workflowId: string, namespace = 'onex') =>
      ({ type: 'workflow', namespace, workflowId }) as const;
    const sealedFor = async (context: SerializationContext) => {
      const [payload] = await codec.encode([payloadOf(new Secret(canary))], context);
      return payload!;
    };
    const refusal = { type: 'Refused', message: expect.stringMatching(/was sealed for .* stays closed/) };

    it.each([
      ['another workflow', workflow('wf'), workflow('other')],
      ['another namespace', workflow('wf'), workflow('wf', 'other')],
      ['another step', activity('1'), activity('2')],
      ['a step, from what its workflow was given', workflow('wf'), activity('1')],
      ['a workflow, from a step of it', activity('1'), workflow('wf')],
    ])('and does not open it for %s', async (_, there, here) => {
      const payload = await sealedFor(there);
      await expect(codec.decode([payload], here)).rejects.toMatchObject(refusal);
      const [opened] = await codec.decode([payload], there);
      expect(payloadConverter.fromPayload<Secret>(opened!).reveal()).toBe(canary);
      // a note that was taken off or written anew is not the one that it was sealed under
      const { ['onex-secret-for']: note, ...metadata } = payload.metadata ?? {};
      expect(Buffer.from(note ?? '').toString()).toContain('"namespace":"onex"');
      const [foreign] = await codec.encode([payloadOf(new Secret('x'))], here);
      for (const forged of [
        metadata,
        { ...metadata, 'onex-secret-for': foreign!.metadata!['onex-secret-for']! },
      ])
        await expect(codec.decode([{ ...payload, metadata: forged }], here)).rejects.toMatchObject({
          type: 'Refused',
          message: expect.stringContaining('altered or moved'),
        });
    });

    it('and opens it for the runs of a schedule, whose ids end with when they were due', async () => {
      const payload = await sealedFor(workflow('nightly'));
      for (const here of ['nightly', 'nightly-2026-11-28T03:00:00Z'])
        expect(await codec.decode([payload], workflow(here))).toHaveLength(1);
    });

    it('as far as its place is known, and opens it anywhere for a replay', async () => {
      const unbound = await sealed(new Secret(canary));
      expect(await codec.decode([unbound], workflow('wf'))).toHaveLength(1);
      const replaying = new SecretCodec(new CodecKeys([['k1', one]]), 'anywhere');
      const payload = await sealedFor(workflow('wf'));
      expect(await replaying.decode([payload], workflow('fake', 'default'))).toHaveLength(1);
    });
  });

  it('without keys lets no Secret in or out, and names the setting', async () => {
    const payload = await sealed(new Secret(canary));
    for (const refused of [keyless.encode([payloadOf(new Secret(canary))]), keyless.decode([payload])]) {
      await expect(refused).rejects.toMatchObject({
        type: 'MissingPrerequisite',
        message: expect.stringContaining('ONEX_CODEC_KEY_FILE'),
      });
    }
  });
});
