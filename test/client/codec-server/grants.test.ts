import type { Payload } from '@temporalio/common';
import { randomBytes } from 'node:crypto';
import type { RequestRecord } from '../../../client/codec-server/audit';
import { createCodecServer } from '../../../client/codec-server/create-codec-server';
import { addGrant, ensureAccessToken, revokeGrant, type Scope } from '../../../client/codec-server/grants';
import { Secret } from '../../../contracts/core/secret';
import { CodecKeys } from '../../../worker/sealing/codec-keys';
import { payloadConverter } from '../../../worker/sealing/payload-converter';
import { SecretCodec } from '../../../worker/sealing/secret-codec';
import { temporaryFolder } from '../../environment/files/temporary-folder';

const canary = 'canary-5f1c9e';
const codec = new SecretCodec(new CodecKeys([['k1', randomBytes(32)]]));

interface Message {
  metadata: Record<string, string>;
  data: string;
}

function messageOf({ metadata, data }: Payload): Message {
  const base64 = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? '').toString('base64');
  const encoded = Object.entries(metadata ?? {}).map(([key, bytes]) => [key, base64(bytes)]);
  return { metadata: Object.fromEntries(encoded), data: base64(data) };
}

/** As a worker in the namespace `onex` seals it. */
async function sealedBy(workflowId: string): Promise<Message> {
  const context = { type: 'workflow', namespace: 'onex', workflowId } as const;
  const [payload] = await codec.encode([payloadConverter.toPayload(new Secret(canary))], context);
  return messageOf(payload!);
}

/** What a server in a folder of its own answers, and what its audit says. */
async function world() {
  const folder = await temporaryFolder();
  const dir = folder.path;
  const records: RequestRecord[] = [];
  const audit = (record: RequestRecord) => void records.push(record);
  const server = createCodecServer({ codec, dir, origin: undefined, audit });
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  const ask = async (route: string, token: Secret, payloads: Message[]) => {
    const headers = { authorization: `Bearer ${token.reveal()}`, 'x-namespace': 'onex' };
    const body = JSON.stringify({ payloads });
    const response = await fetch(`${address}/${route}`, { method: 'POST', headers, body });
    return { status: response.status, body: await response.text() };
  };
  const stop = async () => {
    await server.close();
    await folder[Symbol.asyncDispose]();
  };
  return { dir, records, ask, [Symbol.asyncDispose]: stop };
}

describe('a grant', () => {
  it('that was revoked is refused at once, and by name', async () => {
    await using codecs = await world();
    const { token } = await addGrant(codecs.dir, 'berta', 5);
    expect((await codecs.ask('decode', token, [])).status).toBe(200);
    await addGrant(codecs.dir, 'anna', 5);
    expect(await revokeGrant(codecs.dir, 'berta')).toEqual({ revoked: true, others: ['anna'] });
    const { status, body } = await codecs.ask('decode', token, []);
    expect([status, body]).toEqual([403, expect.stringContaining('The grant berta was revoked at ')]);
    expect(await revokeGrant(codecs.dir, 'berta')).toEqual({ revoked: false, others: ['anna'] });
  });

  it.each<[string, Scope, number]>([
    ['every place', {}, 200],
    ['the workflow', { workflow: 'mail/1' }, 200],
    ['a pattern that means it', { namespace: 'onex', workflow: 'mail/*' }, 200],
    ['the namespace', { namespace: 'onex' }, 200],
    ['another workflow', { workflow: 'bill/*' }, 403],
    ['a shorter name', { workflow: 'mail/' }, 403],
    ['what would mean it as a regular expression', { workflow: 'mail.1' }, 403],
    ['another namespace', { namespace: 'other', workflow: '*' }, 403],
  ])('for %s is answered like that', async (_, scope, status) => {
    await using codecs = await world();
    const { token } = await addGrant(codecs.dir, 'anna', 5, scope);
    const answer = await codecs.ask('decode', token, [await sealedBy('mail/1')]);
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body).toContain('This grant does not cover onex mail/1: it is for ');
    const outcome = status === 200 ? 'done' : 'not granted';
    expect(codecs.records).toMatchObject([
      { who: 'anna', route: 'decode', status, outcome, leaves: 1, places: ['onex mail/1'] },
    ]);
  });

  it('with a scope opens nothing of a request that holds anything else', async () => {
    await using codecs = await world();
    const { token } = await addGrant(codecs.dir, 'anna', 5, { workflow: 'mail/*' });
    const encoded = await codecs.ask('encode', await ensureAccessToken(codecs.dir), [
      messageOf(payloadConverter.toPayload(new Secret(canary))),
    ]);
    const { payloads } = JSON.parse(encoded.body) as { payloads: Message[] };
    const [typed] = payloads;
    const [one, other] = [await sealedBy('bill/1'), await sealedBy('mail/1')];
    const forged = { ...one, metadata: other.metadata };
    const statuses: number[] = [];
    for (const beside of [one, typed!, forged]) {
      const { status, body } = await codecs.ask('decode', token, [await sealedBy('mail/1'), beside]);
      statuses.push(status);
      expect(body).not.toContain('payloads');
    }
    expect(statuses).toEqual([403, 403, 400]); // what says another place than it was sealed for does not open
  });
});
