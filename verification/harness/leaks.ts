import type { Client } from '@temporalio/client';

const TOKEN = /eyJ[\w-]{10,}\.eyJ[\w-]{10,}/; // no access token is known here by its value
const SHORTEST = 8; // a shorter one, such as a port, would be found by accident

/** In which of the texts a value or a token shows; values by their names. */
export function findLeaks(
  values: readonly { name: string; value: string }[],
  texts: Record<string, string>,
): string[] {
  const sought = values.filter(({ value }) => value.length >= SHORTEST);
  return Object.entries(texts).flatMap(([place, text]) => [
    ...sought.filter(({ value }) => text.includes(value)).map(({ name }) => `${name} in ${place}`),
    ...(TOKEN.test(text) ? [`a token in ${place}`] : []),
  ]);
}

/** What Temporal keeps and shows of every run (that a query finds), as text, payloads decoded. */
export async function historiesOf({ workflow }: Client, query?: string): Promise<string> {
  let text = '';
  for await (const { workflowId: id, runId } of workflow.list(query === undefined ? {} : { query })) {
    const handle = workflow.getHandle(id, runId);
    text += JSON.stringify(await handle.fetchHistory()) + JSON.stringify((await handle.describe()).raw);
  }
  const payloads = [...text.matchAll(/"data":"([A-Za-z0-9+/=]+)"/g)];
  return text + payloads.map(([, data]) => Buffer.from(data ?? '', 'base64').toString('utf8')).join('\n');
}
