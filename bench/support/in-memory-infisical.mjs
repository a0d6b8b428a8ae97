// What a seed and a prefetch ask of a current Infisical, from memory, each answer after `delay` milliseconds.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const PROJECT = {
  id: 'p1',
  name: 'bench',
  slug: 'bench',
  environments: [{ id: 'e1', slug: 'dev', name: 'dev' }],
};
const TOKEN = `x.${Buffer.from(JSON.stringify({ exp: 4_000_000_000 })).toString('base64url')}.x`;

/** Starts it on a free port; `requests` counts what it was asked. */
export async function inMemoryInfisical(delay) {
  const secrets = new Map();
  const folders = new Map();
  const server = { requests: 0, url: '', secrets, stop: () => http.close() };
  const http = createServer(async (request, response) => {
    server.requests += 1;
    const url = new URL(request.url, 'http://x');
    let text = '';
    for await (const chunk of request) text += chunk;
    await sleep(delay);
    const body = text === '' ? {} : JSON.parse(text);
    const [status, answer] = answerTo(`${request.method} ${url.pathname}`, url.searchParams, body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  http.keepAliveTimeout = 60_000;
  await new Promise((done) => http.listen(0, '127.0.0.1', done));
  server.url = `http://127.0.0.1:${http.address().port}`;
  return server;

  function answerTo(call, query, body) {
    if (call === 'GET /api/status') return [200, { message: 'Ok' }];
    if (call === 'GET /api/v1/admin/config')
      return [200, { config: { initialized: true, allowSignUp: false } }];
    if (call === 'POST /api/v1/auth/universal-auth/login')
      return [
        200,
        { accessToken: TOKEN, expiresIn: 2_592_000, accessTokenMaxTTL: 2_592_000, tokenType: 'Bearer' },
      ];
    if (call === 'GET /api/v1/projects') return [200, { projects: [PROJECT] }];
    if (call.startsWith('GET /api/v1/projects/')) return [200, { project: PROJECT }];
    if (call === 'GET /api/v2/folders') return [200, { folders: [...folders.values()] }];
    if (call === 'POST /api/v2/folders') return [200, { folder: makeFolder(body) }];
    if (call === 'GET /api/v4/secrets') return [200, { secrets: listed(query.get('secretPath') ?? '/') }];
    if (call === 'PATCH /api/v4/secrets/batch') {
      for (const { secretKey, secretValue, secretPath } of body.secrets ?? [])
        secrets.set(`${secretPath}/${secretKey}`, {
          secretKey,
          secretValue,
          secretPath,
          version: 1,
          type: 'shared',
        });
      return [200, { secrets: [] }];
    }
    return [404, { message: `Route ${call} not found`, error: 'Not Found', statusCode: 404 }];
  }

  function listed(path) {
    const below = path === '/' ? '/' : `${path}/`;
    return [...secrets.values()].filter(({ secretPath }) => `${secretPath}/`.startsWith(below));
  }

  function makeFolder({ path, name }) {
    let parentId = null;
    for (const part of [...path.split('/'), name].filter(Boolean)) {
      const id = `${parentId ?? ''}/${part}`;
      if (!folders.has(id)) folders.set(id, { id, name: part, parentId });
      parentId = id;
    }
    return folders.get(parentId);
  }
}
