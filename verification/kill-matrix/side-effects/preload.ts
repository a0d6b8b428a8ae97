// Loaded into the product's process with `node --require`: the product itself knows nothing of it.
import { isMainThread } from 'node:worker_threads';
import { ORDERS, type Orders } from './orders';
import { watchDocker } from './watch-docker';
import { watchFiles } from './watch-files';
import { watchInfisical } from './watch-infisical';

const text = process.env[ORDERS];
if (text !== undefined && isMainThread) {
  const orders = JSON.parse(text) as Orders;
  delete process.env[ORDERS]; // the product takes its variables for values that may be secret
  watchInfisical(orders);
  watchDocker(orders);
  watchFiles(orders, {
    state: process.env['ONEX_STATE_DIR'] ?? '',
    nodes: process.env['ONEX_NODES_DIR'] ?? '',
    temporary: '/tmp',
  });
}
