import { join } from 'node:path';
import { pingEngine } from '../../activities/docker/ping-engine';
import { removeStack, type RemovedResource } from '../../activities/docker/stop-stack';
import { loadStack } from '../../activities/stack/load-stack';
import { engineOf } from '../../activities/stack/stack-context';
import { refused } from '../../contracts/core/failures';
import { bootstrapWorkflowId } from '../../contracts/core/names';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { localSettings } from '../local-settings';
import { openSession } from '../session';
import { stopDevServer } from '../temporal/dev-server';

/** Removes the stack's containers and network, and stops the embedded Temporal server. Data stays unless asked for. */
export async function down(
  { environment, volumes = false }: { environment?: string; volumes?: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  const { config, terminal, json } = context;
  const settings = await localSettings(config, environment);
  await refuseWhileRunning(context, settings.environment);
  const stack = await loadStack(settings, config);
  const engine = engineOf(config);
  const removed: RemovedResource[] =
    (await pingEngine(engine)).state === 'alive'
      ? await removeStack(engine, stack, { volumes, onProgress: (line) => terminal.progress(line) })
      : [];
  const stopped = await stopDevServer(join(config.stateRoot, 'temporal'));
  if (json) {
    terminal.line(
      JSON.stringify({ environment: settings.environment, removed, temporalStopped: stopped }, null, 2),
    );
    return ExitCode.ok;
  }
  for (const { kind, name } of removed) terminal.line(`  removed ${kind} ${name}`);
  if (stopped) terminal.line('  stopped the embedded Temporal server');
  if (removed.length === 0 && !stopped) terminal.line('  nothing was running');
  const kept = volumes ? `credentials stay in ${settings.stateDir}` : 'data and credentials stay';
  terminal.line(`${settings.environment} is down; ${kept}.`);
  return ExitCode.ok;
}

async function refuseWhileRunning({ config, terminal }: CommandContext, environment: string): Promise<void> {
  const { client } = await openSession(config, terminal);
  const workflowId = bootstrapWorkflowId(environment);
  const state = await client.workflow
    .getHandle(workflowId)
    .describe()
    .then(
      ({ status }) => status.name,
      () => 'NOT_FOUND',
    );
  await client.connection.close();
  if (state !== 'RUNNING') return;
  throw refused(
    `${workflowId} is under way and would bring everything up again. Cancel it first: temporal workflow cancel --workflow-id ${workflowId}`,
  );
}
