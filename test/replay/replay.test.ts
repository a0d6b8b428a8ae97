import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const root = join(__dirname, '..', '..');
const folder = join(root, 'test', 'histories');
const names = readdirSync(folder).map((name) => basename(name, '.json'));

// In a process of its own: protobuf's type checks do not hold across jest's realms.
function replay(...files: string[]) {
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'scripts', 'replay.mjs'), ...files]);
  return { status, lines: stdout.toString().trim().split('\n').sort() };
}

/** Recorded with `temporal workflow show --output json`; a run that is under way must survive an upgrade. */
describe('recorded histories', () => {
  it('are of every workflow and every end', () => {
    expect(names.sort()).toEqual([
      'bootstrap-cancelled',
      'bootstrap-failed',
      'bootstrap-first',
      'bootstrap-partial',
      'bootstrap-retried',
      'bootstrap-unchanged',
      'prefetch-nodes',
      'provision-identity',
      'seed-plan',
    ]);
  });

  it('replay without a difference', () => {
    expect(replay()).toEqual({ status: 0, lines: names.map((name) => `ok   ${name}`).sort() });
  }, 60_000);

  it('would show one: a history that the workflow could not have made is found', () => {
    const dir = mkdtempSync(join(tmpdir(), 'onex-replay-'));
    const file = join(dir, 'altered.json');
    cpSync(join(folder, 'bootstrap-first.json'), file);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"checkState"', '"checkSomethingElse"'));
    expect(replay(file)).toMatchObject({ status: 1 });
    rmSync(dir, { recursive: true });
  }, 60_000);
});
