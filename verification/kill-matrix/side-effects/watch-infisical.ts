import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as exchangeModule from '../../../environment/network/exchange';
import type { Exchange } from '../../../environment/network/exchange';
import type { Orders } from './orders';
import { connectionLost, pass, sideEffect } from './pass';

const ID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;

/** Every request to Infisical that is not a mere question becomes a side effect with two moments. */
export function watchInfisical(orders: Orders): void {
  // the product's own copy: what it sends by is looked up in its module with each request
  const product = createRequire(process.argv[1]!)(
    '../environment/network/exchange.js',
  ) as typeof exchangeModule;
  const send = brokenExchange(product.exchange, orders);
  const watched: Send = async (url, asked) => {
    const name = effectOf(url, asked);
    if (name === undefined) return send(url, asked);
    const effect = sideEffect(orders, name);
    await pass(orders, effect, 'before');
    const answered = await send(url, asked);
    if ((await pass(orders, effect, 'after')) === 'lost') throw connectionLost();
    return answered;
  };
  Object.assign(product, { exchange: watched });
}

type Send = typeof exchangeModule.exchange;

function effectOf(url: string, asked: Exchange): string | undefined {
  const { method = 'GET' } = asked;
  const { pathname } = new URL(url);
  if (method === 'GET' || pathname.endsWith('/search') || isProbe(asked)) return undefined;
  return `infisical ${method} ${pathname.replace(ID, ':id')}`;
}

// The product asks for a route by a request that is refused before it can act.
const isProbe = ({ body, headers = {} }: Exchange) => body === '{}' && !('authorization' in headers);

/** What a planted fault leaves the product to send by; without one, its own. */
function brokenExchange(send: Send, { fault }: Orders): Send {
  return async (url, asked) => {
    const { pathname } = new URL(url);
    const posts = (path: RegExp) => asked.method === 'POST' && path.test(pathname);
    if (fault === 'identity made twice' && posts(/\/identities$/)) await send(url, asked);
    if (fault === 'nothing revoked' && posts(/\/revoke$/))
      return { status: 200, headers: { 'content-type': 'application/json' }, text: '{}' };
    if (fault === 'no write-ahead' && posts(/\/admin\/bootstrap$/)) forgetAdministrator();
    if (fault === 'values printed' && asked.body !== undefined) process.stderr.write(`${asked.body}\n`);
    return send(url, asked);
  };
}

// As a product that writes the root credential down only when the answer has come.
function forgetAdministrator(): void {
  const { ONEX_STATE_DIR, ONEX_ENVIRONMENT } = process.env;
  rmSync(`${ONEX_STATE_DIR}/${ONEX_ENVIRONMENT}/admin.json`, { force: true });
}
