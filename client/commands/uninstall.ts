import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { refused } from '../../contracts/core/failures';
import type { Environment } from '../../environment/environment';
import { pingEngine } from '../../stack/engine/connect-engine';
import { findOwned } from '../../stack/engine/remove-stack';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { refuseWhileRunning } from '../refuse-while-running';
import { openRunningSession } from '../session';
import { serverUsers } from '../temporal/server-users';
import { down, ownerOf } from './down';
import { ownUnits, removeService } from './service';

/** What we make in the state directory beside the environments' folders. */
const OWN = /^(temporal|tools|trouble|cache|nodes|installation|audit\.log(\..+)?|dockerd\.log|.*\.lock)$/;

/** What an uninstall takes away and what it leaves, in words. */
interface Inventory {
  takes: string[];
  stays: string[];
}

/**
 * Lists everything that this installation has on this host, and with `yes` removes it: containers, data, credentials,
 * histories. What somebody else made or runs stays and is named. Refused while anything of it is at work.
 */
export async function uninstall(
  { yes = false }: { yes?: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  const { host, config, terminal, json } = context;
  const { stateRoot } = config;
  const environments = await Promise.all((await host.environments()).map((name) => host.newest(name)));
  for (const environment of environments) await refuseWhileRunning(context, environment);
  const units = await ownUnits(context);
  const found = await inventory(environments, stateRoot);
  found.takes.push(...units.map(({ path }) => `the systemd unit ${path}`));
  if (yes) {
    await refuseWhileUsed(context, units.length > 0);
    for (const environment of environments) await refuseWithoutEngine(environment);
    const quiet = { ...context, json: false, terminal: { ...terminal, line: () => {} } };
    for (const { scope } of units) await removeService({ user: scope === 'user' }, quiet);
    for (const { environment, stateDir, nodesDir } of environments) {
      await down({ environment, volumes: true }, quiet);
      await rm(stateDir, { recursive: true, force: true });
      await rmdir(dirname(nodesDir)).catch(() => undefined); // of other installations, too
    }
    await down({}, quiet);
    for (const name of await readdir(stateRoot).catch(() => []))
      if (await isOurs(stateRoot, name)) await rm(join(stateRoot, name), { recursive: true, force: true });
    await rmdir(stateRoot).catch(() => undefined);
  }
  if (json) {
    terminal.line(JSON.stringify({ ...found, removed: yes }, null, 2));
    return ExitCode.ok;
  }
  for (const line of found.takes) terminal.line(`  ${yes ? 'removed' : 'takes'}  ${line}`);
  for (const line of found.stays) terminal.line(`  stays  ${line}`);
  terminal.line(
    yes
      ? `Nothing of this installation is left in ${stateRoot}.`
      : 'Nothing was removed, and what is listed cannot be brought back. To remove it: onex-bootstrap uninstall --yes',
  );
  return ExitCode.ok;
}

async function inventory(environments: readonly Environment[], stateRoot: string): Promise<Inventory> {
  const takes: string[] = [];
  const stays: string[] = [];
  for (const environment of environments) {
    const { environment: name, stateDir, nodesDir, runtimeEnvFile, external } = environment;
    takes.push(...(await resourcesOf(environment)).map((what) => `${name}: ${what}`));
    takes.push(`${name}: declaration, credentials, keys and reports in ${stateDir}`);
    takes.push(`${name}: the nodes' configuration in ${nodesDir}`);
    if (external !== undefined) stays.push(`${name}: its project and identities at ${external}`);
    if (!runtimeEnvFile.startsWith(`${stateDir}/`)) stays.push(`${name}: ${runtimeEnvFile}, which you named`);
  }
  const names = environments.map(({ environment }) => environment);
  for (const entry of await readdir(stateRoot).catch(() => [])) {
    if (names.includes(entry)) continue;
    if (await isOurs(stateRoot, entry)) takes.push(join(stateRoot, entry));
    else stays.push(`${join(stateRoot, entry)}, which is not ours`);
  }
  stays.push('the Docker Engine and its images; local ones: docker image ls "onex-local/*"');
  stays.push('the program itself: npm uninstall --global onex-bootstrap');
  return { takes, stays };
}

/** Also the folder of an environment that was only tried (`plan`, `up --dry-run`). */
async function isOurs(stateRoot: string, entry: string): Promise<boolean> {
  const hasTrials = () =>
    stat(join(stateRoot, entry, 'trials')).then(
      () => true,
      () => false,
    );
  return OWN.test(entry) || (await hasTrials());
}

async function resourcesOf(environment: Environment): Promise<string[]> {
  const engine = environment.engine();
  if ((await pingEngine(engine)).state !== 'alive')
    return ['whatever its Docker Engine holds, which does not run'];
  const { containers, networks, volumes } = await findOwned(engine, await ownerOf(environment));
  return [
    ...containers.map(({ Names, Id }) => `container ${Names[0]?.slice(1) ?? Id}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...volumes.map((name) => `volume ${name}, with its data`),
  ];
}

/** Data whose keys are gone helps nobody, and is in the way of the next installation. */
async function refuseWithoutEngine(opened: Environment): Promise<void> {
  if (!opened.hasStack || (await pingEngine(opened.engine())).state === 'alive') return;
  throw refused(
    `The Docker Engine of ${opened.environment} does not run, so its data would stay without its keys. Start it and run again; where there is none any more: rm -r ${opened.stateDir}`,
  );
}

/** A worker that lives on would bring its files back, and a schedule its runs. */
async function refuseWhileUsed({ config, host }: CommandContext, hasUnit: boolean): Promise<void> {
  const session = await openRunningSession(config);
  if (session === undefined) return;
  const users = await serverUsers(session.client, host, undefined);
  await session.client.connection.close();
  const others = users.filter((user) => !user.endsWith(' uses it')); // those are what is taken
  if (others.length === 0 || session.server.kind === 'configured') return;
  const how = hasUnit ? ' (a worker of systemd: onex-bootstrap service remove)' : '';
  throw refused(`Temporal is in use, so nothing was removed: ${others.join(', ')}. Stop that first${how}.`);
}
