import { pingEngine } from '../../stack/engine/connect-engine';
import { engineTrouble } from '../../stack/engine/engine-trouble';
import { removeStack, type Owner, type RemovedResource } from '../../stack/engine/remove-stack';
import { removeScratch } from '../../environment/backup/scratch';
import { removeNodesDir } from '../../environment/node-files';
import { missingPrerequisite } from '../../contracts/core/failures';
import type { Environment } from '../../environment/environment';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { refuseWhileRunning } from '../refuse-while-running';
import { openRunningSession } from '../session';
import { embeddedDir } from '../temporal/connect';
import { stopDevServer } from '../temporal/dev-server';
import { forgetUse, serverUsers } from '../temporal/server-users';

/**
 * Removes the stack's containers and networks, and stops the embedded Temporal server where nothing else needs it. Data stays
 * unless asked for. Where nothing is declared there is only the server to stop.
 */
export async function down(
  { environment: named, volumes = false }: { environment?: string; volumes?: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  const { host, terminal, json } = context;
  const isEmpty = named === undefined && (await host.environments()).length === 0;
  const opened = isEmpty ? undefined : await host.newest(await host.choose(named));
  if (opened !== undefined) await refuseWhileRunning(context, opened);
  if (opened !== undefined && opened.external === undefined) await removeScratch(opened); // of a drill that was killed
  const removed =
    opened === undefined ? [] : await removeStackOf(opened, volumes, (line) => terminal.progress(line));
  if (opened !== undefined && volumes) await removeNodesDir(opened.nodesDir, await host.installation());
  if (opened !== undefined) await forgetUse(opened.stateDir);
  const { stopped, users } = await stopServer(context, opened?.environment);
  if (json) {
    const environment = opened?.environment;
    terminal.line(
      JSON.stringify({ environment, removed, temporalStopped: stopped, temporalUsers: users }, null, 2),
    );
    return ExitCode.ok;
  }
  for (const { kind, name } of removed) terminal.line(`  removed ${kind} ${name}`);
  if (stopped) terminal.line('  stopped the embedded Temporal server');
  for (const user of users) terminal.line(`  the embedded Temporal server stays: ${user}`);
  if (removed.length === 0 && !stopped && users.length === 0) terminal.line('  nothing was running');
  if (opened === undefined) return ExitCode.ok;
  const kept = volumes ? `credentials stay in ${opened.stateDir}` : 'data and credentials stay';
  terminal.line(`${opened.environment} is down; ${kept}.`);
  return ExitCode.ok;
}

async function stopServer({ config, host }: CommandContext, environment: string | undefined) {
  const session = await openRunningSession(config);
  if (session === undefined) return { stopped: await stopDevServer(embeddedDir(config)), users: [] };
  const { server, client } = session;
  const users =
    server.kind === 'configured'
      ? []
      : await serverUsers(client, host, environment).catch(() => ['it does not say who uses it']);
  await client.connection.close();
  if (server.kind === 'configured') return { stopped: false, users }; // somebody else's
  return { stopped: users.length === 0 && (await stopDevServer(embeddedDir(config))), users };
}

async function removeStackOf(
  opened: Environment,
  volumes: boolean,
  onProgress: (line: string) => void,
): Promise<RemovedResource[]> {
  const engine = opened.engine();
  const ping = await pingEngine(engine);
  // With no engine at all nothing can run; one that was named, or that refuses us, may hold the containers.
  const trouble = await engineTrouble(opened.engineAddress, ping);
  if (trouble !== undefined && opened.hasStack)
    throw missingPrerequisite(`Nothing was removed. ${trouble.message}`);
  if (ping.state !== 'alive') return [];
  return removeStack(engine, await ownerOf(opened), { volumes, onProgress });
}

/** By what an environment's containers are told: labels, and what its file would be called today where it can be read. */
export async function ownerOf(opened: Environment): Promise<Owner> {
  const stack = opened.hasStack ? await opened.stack().catch(() => undefined) : undefined;
  return { environment: opened.environment, tag: await opened.tag(), project: stack?.name };
}
