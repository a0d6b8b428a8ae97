import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Writer } from './writer';

const servers = new WeakMap<Client, Promise<string>>();

/** The run whose activity this is. */
export async function currentWriter({ address, host }: { address: string; host: string }): Promise<Writer> {
  const { client, info } = Context.current();
  const { workflowId = info.activityId, runId = info.activityId } = info.workflowExecution ?? {};
  return { server: await serverOf(client), address, host, workflowId, runId };
}

/** The id of the client's namespace, asked once. */
export function serverOf(client: Client): Promise<string> {
  const known = servers.get(client) ?? describe(client);
  servers.set(client, known);
  known.catch(() => servers.delete(client));
  return known;
}

async function describe({ workflowService, options }: Client): Promise<string> {
  const { namespaceInfo } = await workflowService.describeNamespace({ namespace: options.namespace });
  return namespaceInfo?.id ?? options.namespace;
}
