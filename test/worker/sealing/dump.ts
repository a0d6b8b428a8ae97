import type { Client } from '@temporalio/client';

/** All that Temporal stores and shows of every run and schedule, and `more`: as text, payloads decoded. */
export async function dumpEverything(
  { workflow, schedule, workflowService, options: { namespace } }: Client,
  more: unknown,
): Promise<{ text: string; payloads: StoredPayload[] }> {
  const found = [more];
  for await (const { workflowId, runId } of workflow.list()) {
    const execution = { workflowId, runId };
    found.push(await workflowService.describeWorkflowExecution({ namespace, execution }));
    found.push(await workflowService.getWorkflowExecutionHistory({ namespace, execution }));
  }
  found.push(await workflowService.listWorkflowExecutions({ namespace }));
  for await (const { scheduleId } of schedule.list()) {
    found.push(await workflowService.describeSchedule({ namespace, scheduleId }));
  }
  const payloads: StoredPayload[] = [];
  return { text: textsOf(found, payloads).join('\n'), payloads };
}

export interface StoredPayload {
  metadata: Record<string, Uint8Array>;
  data: Uint8Array;
}

function textsOf(value: unknown, payloads: StoredPayload[]): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array || Buffer.isBuffer(value)) return [Buffer.from(value).toString()];
  if (typeof value !== 'object' || value === null) return [];
  if ('metadata' in value && 'data' in value) payloads.push(value as StoredPayload);
  return Object.entries(value).flatMap(([key, part]) => [key, ...textsOf(part, payloads)]);
}

/** `value` as plain text and as URLs, JSON, hex and base64 at every offset write it. */
export function formsOf(value: string): string[] {
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.from(' '.repeat(offset) + value).toString('base64');
    return text.slice(offset === 0 ? 0 : 4, -4);
  });
  const url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  return [
    ...[value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)],
    ...[Buffer.from(value).toString('hex'), ...base64, ...url],
  ];
}
