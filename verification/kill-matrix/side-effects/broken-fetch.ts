import { rmSync } from 'node:fs';
import type { Orders } from './orders';

/** The fetch that a planted fault leaves the product with; without one, its own. */
export function brokenFetch(send: typeof fetch, { fault }: Orders): typeof fetch {
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
