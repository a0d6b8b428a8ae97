import { existsSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { badInput, missingPrerequisite, refused } from '../../contracts/core/failures';
import { saying } from '../../contracts/core/foreign-words';
import { writeFileAtomic } from '../../environment/files/atomic';
import { ifThere } from '../../environment/files/system';
import { runCommand } from '../../stack/engine/run-command';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { isOurs, servedBy, serves, UNIT_NAME, unitText, type ServiceUnit } from '../service/unit';

type Context = Pick<CommandContext, 'config' | 'terminal' | 'json' | 'inherited'>;
type Scope = ServiceUnit['scope'];

/** The systemd of this machine; it does not run in a container, for one. */
interface Systemd {
  runs: boolean;
  call: typeof runCommand;
}

const systemd: Systemd = { runs: existsSync('/run/systemd/system'), call: runCommand };

/** Has systemd run the worker of this state directory; a second time changes nothing. `print` only shows the unit. */
export async function installService(
  { user = false, print = false }: { user?: boolean; print?: boolean },
  context: Context,
  { runs, call }: Systemd = systemd,
): Promise<ExitCode> {
  const scope = user ? 'user' : 'system';
  const unit = await unitFor(scope, context);
  const text = unitText(unit);
  if (print) {
    context.terminal.line(text.trimEnd());
    return ExitCode.ok;
  }
  const path = pathOf(scope, context);
  const before = await ownUnit(path, context.config.stateRoot);
  if (before !== text) await writing(path, () => writeFileAtomic(path, text, { mode: 0o644 }));
  const state = before === undefined ? 'written' : before === text ? 'unchanged' : 'changed';
  const commands = [
    ...(state === 'unchanged' ? [] : [['daemon-reload']]),
    ['enable', '--now', UNIT_NAME],
    ...(state === 'changed' ? [['restart', UNIT_NAME]] : []),
  ];
  if (runs) await systemctl(scope, context, commands, call);
  return report(context, { path, state, runs }, scope, commands);
}

/** Stops the worker and takes its unit away; data and credentials stay. */
export async function removeService(
  { user = false }: { user?: boolean },
  context: Context,
  { runs, call }: Systemd = systemd,
): Promise<ExitCode> {
  const scope = user ? 'user' : 'system';
  const path = pathOf(scope, context);
  const isThere = (await ownUnit(path, context.config.stateRoot)) !== undefined;
  const told = (...command: string[]) => runs && systemctl(scope, context, [command], call);
  if (isThere) {
    await told('disable', '--now', UNIT_NAME);
    await writing(path, () => rm(path));
    await told('daemon-reload');
  }
  return report(context, { path, state: isThere ? 'removed' : 'not there', runs }, scope, []);
}

/** The units of ours that serve this state directory, of the system and of the user. */
export async function ownUnits(context: Context): Promise<{ scope: Scope; path: string }[]> {
  const all = (['system', 'user'] as const).map((scope) => ({ scope, path: pathOf(scope, context) }));
  const texts = await Promise.all(all.map(({ path }) => ifThere(readFile(path, 'utf8'))));
  return all.filter((_, at) => {
    const text = texts[at];
    return text !== undefined && isOurs(text) && serves(text, context.config.stateRoot);
  });
}

/** The worker runs as the owner of its state directory, which nobody else may enter. */
async function unitFor(scope: Scope, { config }: Context): Promise<ServiceUnit> {
  const { stateRoot, packageDir } = config;
  const found = await ifThere(stat(stateRoot));
  if (found === undefined)
    throw missingPrerequisite(
      `${stateRoot} is not there, so no environment is declared in it. Declare one as the user that shall run the worker, then install it for that state directory (ONEX_STATE_DIR): docs/production.md.`,
    );
  const { uid, username } = userInfo();
  if (scope === 'user' && found.uid !== uid)
    throw badInput(`${stateRoot} is not yours: a unit of your own would find nothing that it may read.`);
  const command = [process.execPath, '--', join(packageDir, 'dist', 'client', 'main.js'), 'worker'];
  const folder = scope === 'system' ? '/etc' : join(homedir(), '.config');
  return {
    scope,
    // a number is as good as a name for systemd
    user: scope === 'user' ? undefined : found.uid === uid ? username : `${found.uid}`,
    command,
    stateRoot,
    environmentFile: join(folder, 'onex-bootstrap', 'worker.env'),
  };
}

const pathOf = (scope: Scope, { inherited }: Context): string =>
  scope === 'system'
    ? join('/etc/systemd/system', UNIT_NAME)
    : join(inherited['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'systemd', 'user', UNIT_NAME);

/** The unit at `path`; undefined where there is none. Refused where it is not ours, or serves another state directory. */
async function ownUnit(path: string, stateRoot: string): Promise<string | undefined> {
  const text = await ifThere(readFile(path, 'utf8'));
  if (text === undefined) return undefined;
  if (!isOurs(text)) throw refused(`${path} was not written by onex-bootstrap: move it away first.`);
  if (serves(text, stateRoot)) return text;
  throw refused(
    `${path} serves another state directory. To remove that one: ONEX_STATE_DIR=${servedBy(text) ?? ''} onex-bootstrap service remove`,
  );
}

async function writing(path: string, work: () => Promise<void>): Promise<void> {
  await work().catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EACCES' && error.code !== 'EPERM' && error.code !== 'EROFS') throw error;
    throw missingPrerequisite(
      `${path} cannot be written (${error.code}): run it as root, with ONEX_STATE_DIR set to this state directory, or install a unit of your own: onex-bootstrap service install --user`,
    );
  });
}

async function systemctl(
  scope: Scope,
  { inherited }: Context,
  commands: string[][],
  call: typeof runCommand,
): Promise<void> {
  for (const command of commands) {
    const args = [...(scope === 'user' ? ['--user'] : []), ...command];
    const { code, output } = await call('systemctl', args, { env: inherited });
    if (code === 0) continue;
    const failure = missingPrerequisite(
      `systemctl ${args.join(' ')} failed (code ${code}). Look why, then run this again: systemctl ${scope === 'user' ? '--user ' : ''}status ${UNIT_NAME}`,
    );
    throw saying(failure, 'systemctl', output);
  }
}

function report(
  { terminal, json }: Context,
  { path, state, runs }: { path: string; state: string; runs: boolean },
  scope: Scope,
  commands: string[][],
): ExitCode {
  const how = scope === 'user' ? 'systemctl --user' : 'systemctl';
  const next = runs ? [] : commands.map((command) => `${how} ${command.join(' ')}`);
  if (json) terminal.line(JSON.stringify({ unit: path, state, systemd: runs, next }, null, 2));
  else {
    terminal.line(`  ${path}: ${state}`);
    if (next.length > 0) terminal.line(`  systemd does not run here; where it does: ${next.join(' && ')}`);
  }
  return ExitCode.ok;
}
