import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installService, ownUnits, removeService } from '../../../client/commands/service';
import { unitText } from '../../../client/service/unit';
import type { Configuration } from '../../../environment/configuration';

describe('the systemd service', () => {
  let folder: string;
  let called: string[];
  let code: number;
  const lines: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'onex-service-'));
    mkdirSync(join(folder, 'state 100%'));
    [called, code, lines.length] = [[], 0, 0];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const context = (state = 'state 100%') => ({
    config: { stateRoot: join(folder, state), packageDir: '/opt/onex' } as Configuration,
    terminal: { line: (text: string) => lines.push(text) } as never,
    json: true,
    inherited: { XDG_CONFIG_HOME: folder, TEMPORAL_API_KEY: 'c@nary' },
  });
  const systemd = (runs = true) => ({
    runs,
    call: (program: string, args: string[]) => {
      called.push([program, ...args].join(' '));
      return Promise.resolve({ code, stdout: '', output: 'words of systemd' });
    },
  });
  const unit = () => join(folder, 'systemd', 'user', 'onex-bootstrap.service');
  const told = () => JSON.parse(lines.pop() ?? '{}') as { state: string; next: string[] };

  it('is written and started once; a second time changes nothing, a removal leaves nothing', async () => {
    await installService({ user: true }, context(), systemd());
    expect(told()).toMatchObject({ state: 'written', next: [] });
    expect(called).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user enable --now onex-bootstrap.service',
    ]);
    expect(statSync(unit()).mode & 0o777).toBe(0o644);
    expect(readFileSync(unit(), 'utf8')).not.toContain('c@nary');
    expect(await ownUnits(context())).toEqual([{ scope: 'user', path: unit() }]);
    expect(await ownUnits(context('another'))).toEqual([]);

    const { ino } = statSync(unit());
    await installService({ user: true }, context(), systemd());
    expect(told()).toMatchObject({ state: 'unchanged' });
    expect(statSync(unit()).ino).toBe(ino);

    called = [];
    await removeService({ user: true }, context(), systemd());
    expect(told()).toMatchObject({ state: 'removed' });
    expect(called[0]).toBe('systemctl --user disable --now onex-bootstrap.service');
    await removeService({ user: true }, context(), systemd());
    expect(told()).toMatchObject({ state: 'not there' });
    expect(called).toHaveLength(2);
  });

  it('is written for later, with the commands to start it, where systemd does not run', async () => {
    await installService({ user: true }, context(), systemd(false));
    expect(told().next.at(-1)).toBe('systemctl --user enable --now onex-bootstrap.service');
    expect(called).toEqual([]);
  });

  it('is restarted where another version of it is there', async () => {
    await installService({ user: true }, context(), systemd());
    writeFileSync(unit(), `${readFileSync(unit(), 'utf8')}# of an older release\n`);
    await installService({ user: true }, context(), systemd());
    expect(told().state).toBe('changed');
    expect(called.at(-1)).toBe('systemctl --user restart onex-bootstrap.service');
  });

  it('is refused where the unit is somebody else’s or another installation’s, and shows no words of systemd', async () => {
    await installService({ user: true }, context(), systemd());
    mkdirSync(join(folder, 'other'));
    const other = installService({ user: true }, context('other'), systemd());
    await expect(other).rejects.toThrow(/serves another state directory/);
    await expect(removeService({ user: true }, context('other'), systemd())).rejects.toThrow(/another state/);

    writeFileSync(unit(), '[Unit]\n');
    await expect(installService({ user: true }, context(), systemd())).rejects.toThrow(/was not written by/);
    rmSync(unit());

    code = 1;
    const failing = installService({ user: true }, context(), systemd());
    await expect(failing).rejects.toThrow(/^systemctl --user daemon-reload failed \(code 1\)/);
    const gone = installService({ user: true }, context('never'), systemd());
    await expect(gone).rejects.toThrow(/no environment is declared in it/);
  });

  it('is a unit that systemd takes, also with odd paths', () => {
    const text = unitText({
      scope: 'system',
      user: undefined,
      command: [process.execPath, '--', '/opt/a "b" 100%/$HOME/main.js', 'worker'],
      stateRoot: join(folder, 'state 100%'),
      environmentFile: '/etc/onex-bootstrap/worker.env',
    });
    const path = join(folder, 'onex-bootstrap.service');
    writeFileSync(path, text);
    const { error, stdout, stderr } = spawnSync('systemd-analyze', ['verify', path]);
    if (error !== undefined)
      return console.warn('The unit is not checked: there is no systemd-analyze here.');
    expect(`${stdout.toString()}${stderr.toString()}`).not.toContain('onex-bootstrap.service');
  });
});
