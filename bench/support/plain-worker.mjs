// A worker with the SDK's defaults. Arguments: address of Temporal, file of the bundle, URL that a step asks.
import { Context } from '@temporalio/activity';
import { NativeConnection, Worker } from '@temporalio/worker';
import { readFileSync } from 'node:fs';

const [address, bundle, url] = process.argv.slice(2);
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  taskQueue: 'plain',
  workflowBundle: { code: readFileSync(bundle, 'utf8') },
  activities: {
    async step() {
      const timer = setInterval(() => Context.current().heartbeat(), 1_000);
      await fetch(url, { method: 'PATCH' });
      clearInterval(timer);
    },
  },
});
await worker.run();
