import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import * as workflows from '../../workflows/index';
import type { RecordedEvent } from '../support/histories/shape';
import { bundleVersion, today, type Edit } from '../support/workflow-versions';

const root = join(__dirname, '..', '..');
const folder = join(root, 'test', 'histories');
const names = readdirSync(folder).map((name) => basename(name, '.json'));
const fileOf = (name: string) => join(folder, `${name}.json`);

/** A run that is under way must survive an upgrade: once released, no recorded history is removed or replaced. */
describe('recorded histories', () => {
  let dir: string;
  beforeAll(() => (dir = mkdtempSync(join(tmpdir(), 'onex-replay-'))));
  afterAll(() => rmSync(dir, { recursive: true }));

  // In a process of its own: protobuf's type checks do not hold across jest's realms.
  async function replay(edit: Edit, ...of: string[]) {
    const bundle = join(dir, 'bundle.js');
    writeFileSync(bundle, (await bundleVersion(edit)).code);
    const args = [join(root, 'scripts', 'replay.mjs'), '--bundle', bundle, ...of.map(fileOf)];
    const { status, stdout } = spawnSync(process.execPath, args);
    const lines = stdout.toString().trim().split('\n');
    const failed = lines.filter((line) => line.startsWith('FAIL')).map((line) => line.split(/[ :]+/)[1]);
    return { status, lines: lines.sort(), failed: failed.sort() };
  }

  it('are of every workflow and every kind of end', () => {
    const ends = names.map((name) => {
      const { events } = JSON.parse(readFileSync(fileOf(name), 'utf8')) as { events: RecordedEvent[] };
      const type = events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name;
      return `${type} ${events.at(-1)?.eventType.replace('EVENT_TYPE_WORKFLOW_EXECUTION_', '')}`;
    });
    const wanted = Object.keys(workflows).flatMap((type) =>
      ['COMPLETED', 'FAILED', 'CANCELED'].map((end) => `${type} ${end}`),
    );
    expect([...new Set(ends)].sort()).toEqual([...wanted, 'bootstrap CONTINUED_AS_NEW'].sort());
  });

  it('replay without a difference', async () => {
    const { status, lines } = await replay(today);
    expect({ status, lines }).toEqual({ status: 0, lines: names.map((name) => `ok   ${name}`).sort() });
  }, 120_000);

  it('find a step that was added without patched()', async () => {
    const added: Edit = (source) =>
      source.replace(
        'const plan = await',
        `await run.step('quick', 'more', (host) => host.checkMachine(run.ref));\n$&`,
      );
    const seeded = ['bootstrap', 'bootstrap-recovered', 'seed-secrets-cancelled', 'seed-secrets-plan'];
    expect(await replay(added, 'prefetch-nodes', 'bootstrap-cancelled', ...seeded)).toMatchObject({
      status: 1,
      failed: seeded,
    });
  }, 120_000);

  it('find a step that was left out, and steps in another order', async () => {
    const leftOut: Edit = (source) => source.replace(/if \(!run\.ownsStack\) await run\.step\([^;]*;/, '');
    const [first, second] = ['host.ensureImages', 'host.ensureNetwork'];
    const swapped: Edit = (source) =>
      source.replace(first, '?').replace(second, first).replace('?(', `${second}(`);
    const edit: Edit = (source, file) => swapped(leftOut(source, file), file);
    const found = ['bootstrap-cancelled', 'bootstrap-external'];
    expect(await replay(edit, ...found, 'seed-secrets')).toMatchObject({ status: 1, failed: found });
  }, 120_000);
});
