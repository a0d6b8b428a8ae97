import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const advisory = {
  ...{ id: 1, url: 'https://example.com/1', title: 'bad', severity: 'high', vulnerable_versions: '*' },
  ...{ cwe: [], cvss: { score: 8, vectorString: null } },
};

/** How `npm run audit` ends before a registry that answers its question like this. */
async function audit(answer: object | undefined) {
  const server = createServer((request, response) => {
    if (request.method === 'POST' && answer !== undefined) response.end(JSON.stringify(answer));
    else response.writeHead(answer === undefined ? 405 : 404).end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const child = spawn(process.execPath, [join(root, 'scripts', 'audit.mjs')], {
    cwd: root,
    env: { ...process.env, npm_config_registry: registry, npm_config_fetch_retries: '0' },
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  server.close();
  server.closeAllConnections();
  return { code, said: stdout + stderr };
}

describe('npm run audit', () => {
  it.each([
    ['knows of nothing', {}, 0, /^0 known vulnerabilities/],
    [
      'knows of something serious',
      { fastify: [advisory] },
      1,
      /^high +fastify[^]*1 of them high or critical/,
    ],
    ['does not tell', undefined, 3, /^Nothing was checked: .*\(405\)/],
  ])(
    'where the registry %s',
    async (_, answer, code, said) => {
      expect(await audit(answer)).toEqual({ code, said: expect.stringMatching(said) });
    },
    60_000,
  );
});
