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

// The key is of the run that asks, and only this service can read it: nobody else can try values against the digests.
function proof() {
  const key = readFileSync(join(dir, 'proof.key'), 'utf8');
  const digest = (value) => createHmac('sha256', key).update(value).digest('hex');
  const keys = ({ values }) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, digest(value)]));
  return Object.fromEntries(nodes.map((node) => [node.node, keys(node)]));
}

createServer((request, response) => {
  const body = { '/health': () => ({ status: 'ok', nodes: nodes.length }), '/proof': proof }[request.url];
  response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body === undefined ? { error: 'not found' } : body()));
}).listen(Number(process.env.PORT ?? 8085), '0.0.0.0');

process.on('SIGTERM', () => process.exit(0));
