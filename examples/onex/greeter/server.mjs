// The example's runtime service: reads its nodes' configuration once and proves what it received, without showing it.
import { createHmac } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const dir = process.env.ONEX_NODES ?? '/run/onex/nodes';
const files = readdirSync(dir).filter((name) => name.endsWith('.json'));
if (files.length === 0) {
  console.error(`no node configuration in ${dir}: start this service with onex-bootstrap up`);
  process.exit(1);
}
const nodes = files.map((name) => JSON.parse(readFileSync(join(dir, name), 'utf8')));

function proof(nonce) {
  const digest = (value) => createHmac('sha256', nonce).update(value).digest('hex');
  const keys = ({ values }) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, digest(value)]));
  return Object.fromEntries(nodes.map((node) => [node.node, keys(node)]));
}

createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const nonce = url.searchParams.get('nonce');
  const known = url.pathname === '/health' || (url.pathname === '/proof' && nonce !== null);
  response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
  const body =
    url.pathname === '/proof' && nonce !== null ? proof(nonce) : { status: 'ok', nodes: nodes.length };
  response.end(JSON.stringify(known ? body : { error: 'not found' }));
}).listen(Number(process.env.PORT ?? 8085), '0.0.0.0');

process.on('SIGTERM', () => process.exit(0));
