import type { Client } from '@temporalio/client';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** All that the server keeps of every run, as text, payloads decoded. */
export async function readHistories(client: Client): Promise<string> {
  let text = '';
  for await (const { workflowId, runId } of client.workflow.list()) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const { raw } = await handle.describe();
    text += JSON.stringify(await handle.fetchHistory()) + JSON.stringify(raw);
  }
  const payloads = [...text.matchAll(/"data":"([A-Za-z0-9+/=]+)"/g)];
  return text + payloads.map(([, data]) => Buffer.from(data ?? '', 'base64').toString('utf8')).join('\n');
}

/** The files below a folder that others than its owner can read, by path. */
export function readableFiles(dir: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !path.endsWith('values.env') && !path.includes('/cache/') && reachable(path, dir))
      .map((path) => [path, readFileSync(path, 'latin1')]),
  );
}

// 0600, or inside a folder that only its owner enters.
function reachable(path: string, top: string): boolean {
  if ((statSync(path).mode & 0o077) === 0) return false;
  const folders = path
    .slice(top.length + 1)
    .split('/')
    .slice(0, -1);
  return !folders.some(
    (_, depth) => (statSync(join(top, ...folders.slice(0, depth + 1))).mode & 0o077) === 0,
  );
}

/** A file's text; none where it is gone. */
export function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
