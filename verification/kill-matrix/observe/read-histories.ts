import { Client, Connection } from '@temporalio/client';
import { readFileSync } from 'node:fs';
import { places } from '../machine/places';

/** All that the machine's Temporal server keeps of every run, as text, payloads decoded. */
export async function readHistories(): Promise<string> {
  const { port } = JSON.parse(readFileSync(`${places.state}/temporal/server.json`, 'utf8')) as {
    port: number;
  };
  const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
  let text = '';
  for await (const { workflowId, runId } of new Client({ connection }).workflow.list()) {
    const handle = new Client({ connection }).workflow.getHandle(workflowId, runId);
    text += JSON.stringify(await handle.fetchHistory()) + JSON.stringify((await handle.describe()).raw);
  }
  await connection.close();
  const payloads = [...text.matchAll(/"data":"([A-Za-z0-9+/=]+)"/g)];
  return text + payloads.map(([, data]) => Buffer.from(data ?? '', 'base64').toString('utf8')).join('\n');
}
