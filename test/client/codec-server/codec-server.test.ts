import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandContext } from '../../../client/command-context';
import { codecGrant, codecServer } from '../../../client/commands/codec-server';
import { Interrupts } from '../../../client/interrupts';
import { readConfiguration } from '../../../environment/configuration';
import { Secret } from '../../../contracts/core/secret';
import { payloadConverter } from '../../../worker/sealing/payload-converter';
import { freePort } from '../../support/local-services';

const canary = 'canary-5f1c9e';
const ui = 'http://localhost:8233';

interface Message {
  metadata: Record<string, string>;
  data: string;
}

function messageOf(value: unknown): Message {
  const { metadata, data } = payloadConverter.toPayload(value);
  const base64 = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? '').toString('base64');
  const encoded = Object.entries(metadata ?? {}).map(([key, bytes]) => [key, base64(bytes)]);
  return { metadata: Object.fromEntries(encoded), data: base64(data) };
}

const textOf = (message: Message | undefined) => Buffer.from(message?.data ?? '', 'base64').toString();

describe('codec-server', () => {
  let stateDir: string;
  let dir: string;
  let address: string;
  let token: string;
  let lines: string[];
  let ended: Promise<number>;
  const interrupts = new Interrupts(() => {});

  function contextOf(variables: Record<string, string> = {}): Omit<CommandContext, 'host'> {
    const terminal = {
      line: (text = '') => void lines.push(text),
      progress: (text: string) => void lines.push(text),
      live: undefined,
      paint: (_: string, text: string) => text,
    };
    const environment = { ONEX_STATE_DIR: stateDir, HOME: stateDir, ...variables };
    const config = readConfiguration(environment, { workingDir: stateDir, packageDir: stateDir });
    return { config, terminal, json: false, inherited: {}, interrupts };
  }

  async function grant(name: string, minutes = '5'): Promise<string> {
    lines = [];
    expect(await codecGrant(name, { minutes }, contextOf())).toBe(0);
    return lines[0] ?? '';
  }

  beforeAll(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'onex-codec-'));
    dir = join(stateDir, 'temporal', 'codec-server');
    lines = [];
    const port = String(await freePort());
    address = `http://127.0.0.1:${port}`;
    ended = codecServer({ port, origin: ui }, contextOf());
    while (!lines.some((line) => line.includes('audit'))) await sleep(10);
    token = await readFile(join(dir, 'access-token'), 'utf8');
  });
  afterAll(async () => {
    interrupts.hear();
    expect(await ended).toBe(0);
    await rm(stateDir, { recursive: true });
  });

  const ask = (path: string, body: unknown, headers: Record<string, string> = {}, method = 'POST') =>
    fetch(`${address}${path}`, {
      method,
      headers,
      ...(method === 'GET' ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const bearer = (by: string) => ({ authorization: `Bearer ${by}` });
  const answerOf = async (response: Response) =>
    (await response.json()) as { payloads: Message[]; error: string };
  const seal = async (value: unknown) => {
    const response = await ask('/encode', { payloads: [messageOf(value)] }, bearer(token));
    return (await answerOf(response)).payloads;
  };
  const audited = async () =>
    (await readFile(join(dir, 'audit.log'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('seals with the token and opens with a grant, in the header or in the path', async () => {
    const value = { name: 'DB_PASSWORD', value: new Secret(canary) };
    const payloads = await seal(value);
    expect(textOf(payloads[0])).toMatch(/^\{"name":"DB_PASSWORD","value":\{"\$secret":\{"kid":/);
    const by = await grant('anna');
    for (const response of [
      await ask('/decode', { payloads }, bearer(by)),
      await ask(`/${by}/decode`, { payloads }),
    ]) {
      // without our mark, or the CLI would show base64
      const { data } = messageOf(value);
      expect((await answerOf(response)).payloads).toEqual([{ metadata: messageOf('').metadata, data }]);
    }
  });

  it('passes what holds no Secret as it is', async () => {
    const messages = [messageOf({ $key: 'mine' }), messageOf(undefined), messageOf(new Uint8Array([1]))];
    const response = await ask('/encode', { payloads: messages }, bearer(token));
    expect((await answerOf(response)).payloads).toEqual(messages);
  });

  it('seals what a person types as a Secret', async () => {
    const typed = messageOf({ value: { $secret: canary } });
    const response = await ask('/encode', { payloads: [typed] }, bearer(token));
    const [sealed] = (await answerOf(response)).payloads;
    expect(textOf(sealed)).not.toContain(canary);
    expect(textOf(sealed)).toContain('"kid"');
  });

  it('shows the text of failures as the UI and other SDKs read it', async () => {
    const [sealed] = await seal({ message: new Secret(canary), stack_trace: new Secret('at x') });
    const response = await ask('/decode', { payloads: [sealed] }, bearer(await grant('anna')));
    expect(textOf((await answerOf(response)).payloads[0])).toBe(
      JSON.stringify({ message: canary, stack_trace: 'at x' }),
    );
  });

  it('refuses to open with the token alone, and says how to get a grant', async () => {
    const payloads = await seal(new Secret(canary));
    const response = await ask('/decode', { payloads }, bearer(token));
    expect(response.status).toBe(403);
    expect((await answerOf(response)).error).toContain('onex-bootstrap codec-server grant NAME --minutes N');
  });

  it('refuses a grant that has ended, by name', async () => {
    const by = await grant('late');
    const file = join(dir, 'grants.json');
    const kept = JSON.parse(await readFile(file, 'utf8')) as { grants: { name: string; expires: string }[] };
    for (const it of kept.grants)
      if (it.name === 'late') it.expires = new Date(Date.now() - 1000).toISOString();
    await writeFile(file, JSON.stringify(kept));
    const response = await ask('/decode', { payloads: [] }, bearer(by));
    expect(response.status).toBe(403);
    expect((await answerOf(response)).error).toMatch(/^The grant late ended at /);
  });

  it.each([
    ['no token', '/encode', {}, 401],
    ['a wrong token', '/encode', { authorization: 'Bearer wrong' }, 401],
    ['a wrong token in the path', '/wrong/encode', {}, 401],
  ])('asks for the token of a request with %s', async (_, path, headers, status) => {
    const response = await ask(path, { payloads: [] }, headers);
    expect(response.status).toBe(status);
    expect((await answerOf(response)).error).toContain('Authorization: Bearer TOKEN');
  });

  it('answers what it cannot do in JSON: route, method, body, size', async () => {
    const tries = [
      await ask('/other', {}, bearer(token)),
      await ask('/encode', undefined, bearer(token), 'GET'),
      await ask('/encode', canary, bearer(token)),
      await ask('/encode', { payloads: [{ data: '%' }] }, bearer(token)),
      await ask('/encode', 'x'.repeat(9 * 1024 * 1024), bearer(token)),
    ];
    expect(tries.map(({ status }) => status)).toEqual([404, 405, 400, 400, 413]);
    for (const response of tries) expect((await answerOf(response)).error).not.toContain(canary);
  });

  it('names the key that it lacks', async () => {
    const [sealed] = await seal(new Secret(canary));
    const data = Buffer.from(textOf(sealed).replace(/"kid":"[^"]*"/, '"kid":"k0"')).toString('base64');
    const response = await ask('/decode', { payloads: [{ ...sealed, data }] }, bearer(await grant('anna')));
    expect(response.status).toBe(400);
    expect((await answerOf(response)).error).toContain('codec key k0');
  });

  it('lets pages of the one origin ask, and no others', async () => {
    const preflight = (origin: string) => ask('/encode', undefined, { origin }, 'OPTIONS');
    const allowed = await preflight(ui);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(ui);
    expect(allowed.headers.get('access-control-allow-headers')).toBe(
      'authorization, content-type, x-namespace',
    );
    const foreign = 'http://localhost:82330';
    expect((await preflight(foreign)).headers.get('access-control-allow-origin')).toBeNull();
    const response = await ask('/encode', { payloads: [] }, { ...bearer(token), origin: foreign });
    expect(response.status).toBe(403);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect((await answerOf(response)).error).toContain('--origin');
  });

  it('audits every request: who, what, how many Secrets; never a value or a token', async () => {
    const by = await grant('berta');
    const payloads = await seal([new Secret(canary), new Secret(canary)]);
    await ask(`/${by}/decode`, { payloads }, { origin: ui, 'x-namespace': 'default' });
    await ask('/decode', { payloads }, bearer(token));
    await ask('/decode', { payloads });
    const entries = await audited();
    expect(entries.slice(-4)).toMatchObject([
      { who: 'token', route: 'encode', status: 200, payloads: 1, leaves: 2 },
      { who: 'berta', route: 'decode', status: 200, leaves: 2, origin: ui, namespace: 'default' },
      { who: 'token', route: 'decode', status: 403, outcome: 'no grant', leaves: 0 },
      { who: 'unknown', route: 'decode', status: 401, outcome: 'no token' },
    ]);
    const log = JSON.stringify(entries);
    for (const hidden of [canary, by, token]) expect(log).not.toContain(hidden);
  });

  it('keeps its files for their owner, and of grants no token', async () => {
    const by = await grant('anna');
    for (const name of ['access-token', 'grants.json', 'audit.log']) {
      expect([name, (await stat(join(dir, name))).mode & 0o777]).toEqual([name, 0o600]);
    }
    expect(await readFile(join(dir, 'grants.json'), 'utf8')).not.toContain(by);
    expect(lines.slice(1).join('\n')).not.toContain(by);
  });

  it.each([
    ['token', '5', 'cannot be named token'],
    ['a b', '5', 'cannot be named a b'],
    ['anna', '0', '--minutes 0'],
    ['anna', '1.5', '--minutes 1.5'],
    ['anna', '100000', 'from 1 to 1440'],
  ])('gives no grant to %s for %s minutes', async (name, minutes, message) => {
    await expect(codecGrant(name, { minutes }, contextOf())).rejects.toMatchObject({
      type: 'BadInput',
      message: expect.stringContaining(message),
    });
  });

  it('does not start on a port that is taken, for a page that is no origin, or without keys', async () => {
    const port = new URL(address).port;
    const refusals = [
      codecServer({ port }, contextOf()),
      codecServer({ port: '0' }, contextOf()),
      codecServer({ origin: 'http://localhost:8233/path' }, contextOf()),
      codecServer({}, contextOf({ TEMPORAL_ADDRESS: '127.0.0.1:1' })),
    ];
    const messages = await Promise.all(refusals.map((it) => it.catch((error: Error) => error.message)));
    expect(messages).toEqual([
      expect.stringContaining(`127.0.0.1:${port} (EADDRINUSE): choose another --port`),
      expect.stringContaining('--port 0'),
      expect.stringContaining('an origin is scheme, host and port only'),
      expect.stringContaining('ONEX_CODEC_KEY_FILE'),
    ]);
  });
});
