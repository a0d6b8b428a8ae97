import type { Client } from '@temporalio/client';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TOKEN = /eyJ[\w-]{10,}\.eyJ[\w-]{10,}/; // no access token is known here by its value
const SHORTEST = 8;

/** Values of one environment that must stay where they are: those given, and those that its state holds. */
export function valuesOf(stateDir: string, given: Iterable<string>): Set<string> {
  const stored = ['admin.json', 'identity.json', 'bootstrap-token', 'digest-key']
    .map((name) => join(stateDir, name))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'));
  const fields = stored.flatMap((text) => [
    ...text.matchAll(/"(?:password|clientSecret|token)": ?"([^"]+)"/g),
  ]);
  const all = [...given, ...fields.map(([, value]) => value ?? '')];
  return new Set(all.filter((value) => value.length >= SHORTEST));
}

/** In which of the texts a value or a token shows. */
export function findLeaks(values: ReadonlySet<string>, texts: Record<string, string>): string[] {
  return Object.entries(texts).flatMap(([place, text]) => {
    const found = [...values].filter((value) => text.includes(value)).length;
    return [
      ...(found > 0 ? [`${found} values in ${place}`] : []),
      ...(TOKEN.test(text) ? [`a token in ${place}`] : []),
    ];
  });
}

/** What Temporal keeps and shows of every run of one workflow, as text, payloads decoded. */
export async function historiesOf({ workflow }: Client, workflowId: string): Promise<string> {
  let text = '';
  for await (const { runId } of workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    const handle = workflow.getHandle(workflowId, runId);
    text += JSON.stringify(await handle.fetchHistory()) + JSON.stringify((await handle.describe()).raw);
  }
  const payloads = [...text.matchAll(/"data":"([A-Za-z0-9+/=]+)"/g)];
  return text + payloads.map(([, data]) => Buffer.from(data ?? '', 'base64').toString('utf8')).join('\n');
}
