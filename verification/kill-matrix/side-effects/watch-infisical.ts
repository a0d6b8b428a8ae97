import { rmSync } from 'node:fs';
import type { Orders } from './orders';
import { pass, sideEffect } from './pass';

const ID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;

/** Every request to Infisical that is not a mere question becomes a side effect with two moments. */
export function watchInfisical(orders: Orders): void {
  const send = brokenFetch(globalThis.fetch, orders);
  globalThis.fetch = async (input, init) => {
    const name = effectOf(input, init);
    if (name === undefined) return send(input, init);
    const effect = sideEffect(orders, name);
    await pass(orders, effect, 'before');
    const response = await send(input, init);
    if ((await pass(orders, effect, 'after')) === 'lost') throw connectionLost();
    return response;
  };
}

function effectOf(input: Parameters<typeof fetch>[0], init: RequestInit | undefined): string | undefined {
  const method = init?.method ?? 'GET';
  const { pathname } = new URL(input instanceof Request ? input.url : input);
  if (method === 'GET' || pathname.endsWith('/search') || isProbe(init)) return undefined;
  return `infisical ${method} ${pathname.replace(ID, ':id')}`;
}

// The product asks for a route by a request that is refused before it can act.
const isProbe = (init: RequestInit | undefined) =>
  init?.body === '{}' && !new Headers(init.headers).has('authorization');

/** What Node's fetch throws where the peer is gone. */
function connectionLost(): TypeError {
  const cause = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
  return new TypeError('fetch failed', { cause });
}

/** The fetch that a planted fault leaves the product with; without one, its own. */
function brokenFetch(send: typeof fetch, { fault }: Orders): typeof fetch {
  return async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const posts = (path: RegExp) => init?.method === 'POST' && path.test(pathname);
    if (fault === 'identity made twice' && posts(/\/identities$/)) await send(input, init);
    if (fault === 'nothing revoked' && posts(/\/revoke$/)) return Response.json({});
    if (fault === 'no write-ahead' && posts(/\/admin\/bootstrap$/)) forgetAdministrator();
    if (fault === 'values printed' && typeof init?.body === 'string') process.stderr.write(`${init.body}\n`);
    return send(input, init);
  };
}

// As a product that writes the root credential down only when the answer has come.
function forgetAdministrator(): void {
  const { ONEX_STATE_DIR, ONEX_ENVIRONMENT } = process.env;
  rmSync(`${ONEX_STATE_DIR}/${ONEX_ENVIRONMENT}/admin.json`, { force: true });
}
