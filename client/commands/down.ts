import { pingEngine } from '../../stack/engine/connect-engine';
import { removeStack, type RemovedResource } from '../../stack/engine/remove-stack';
import { missingPrerequisite } from '../../contracts/core/failures';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { refuseWhileRunning } from '../refuse-while-running';
import { embeddedDir } from '../temporal/connect';
import { stopDevServer } from '../temporal/dev-server';

/** Removes the stack's containers and network, and stops the embedded Temporal server. Data stays unless asked for. */
export async function down(
  { environment: named, volumes = false }: { environment?: string; volumes?: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  const { host, config, terminal, json } = context;
  const opened = await host.newest(await host.choose(named));
  const { environment, stateDir, dockerHost } = opened;
  const idle = await refuseWhileRunning(context, opened);
  const stack = await opened.stack();
  const engine = opened.engine();
  const ping = await pingEngine(engine);
  // With no engine at all nothing can run; one that was named, or that refuses us, may hold the containers.
  if (ping.state === 'denied' || (ping.state === 'dead' && dockerHost !== undefined)) {
    throw missingPrerequisite(
      `The Docker Engine at ${dockerHost ?? 'its socket'} cannot be asked (${ping.reason}): nothing was removed.`,
    );
  }
  const onProgress = (line: string) => terminal.progress(line);
  const removed: RemovedResource[] =
    ping.state === 'alive' ? await removeStack(engine, stack, { volumes, onProgress }) : [];
  const stopped = idle && (await stopDevServer(embeddedDir(config)));
  if (json) {
    terminal.line(JSON.stringify({ environment, removed, temporalStopped: stopped }, null, 2));
    return ExitCode.ok;
  }
  for (const { kind, name } of removed) terminal.line(`  removed ${kind} ${name}`);
  if (stopped) terminal.line('  stopped the embedded Temporal server');
  if (removed.length === 0 && !stopped) terminal.line('  nothing was running');
  const kept = volumes ? `credentials stay in ${stateDir}` : 'data and credentials stay';
  terminal.line(`${environment} is down; ${kept}.`);
  return ExitCode.ok;
}
