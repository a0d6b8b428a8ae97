import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { holderAtWork, Leases, SILENCE_MS, type Writer } from '../../environment/lease';
import { FailureType } from '../../contracts/core/failures';
import { temporaryFolder } from './files/temporary-folder';

const writer = (over: Partial<Writer> = {}): Writer => ({
  server: 'namespace-1',
  address: '127.0.0.1:7233',
  host: 'host-a',
  workflowId: 'bootstrap/dev',
  runId: 'run-1',
  ...over,
});
const elsewhere = writer({ server: 'namespace-2', address: '127.0.0.1:7240', host: 'host-b' });
const nothing = () => Promise.resolve();
const leases = new Leases();
const withLease: Leases['during'] = (stateDir, by, work) => leases.during(stateDir, by, work);

const holderIn = (folder: string): unknown => JSON.parse(readFileSync(join(folder, 'writer.json'), 'utf8'));

/** Lets the holder's last sign of life be `milliseconds` ago. */
function age(folder: string, milliseconds: number): void {
  const path = join(folder, 'writer.json');
  const then = new Date(statSync(path).mtimeMs - milliseconds);
  utimesSync(path, then, then);
}

describe('the lease of an environment', () => {
  it('is made with its folder, and kept by a run over all its steps', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'dev');
    expect(await withLease(path, writer(), () => Promise.resolve('done'))).toBe('done');
    await withLease(path, writer(), nothing);
    expect(holderIn(path)).toMatchObject(writer());
  });

  it('is renewed once by steps that begin at once', async () => {
    await using folder = await temporaryFolder();
    const seen = () => Promise.resolve(statSync(join(folder.path, 'writer.json')).ino);
    const files = await Promise.all([1, 2, 3, 4].map(() => withLease(folder.path, writer(), seen)));
    expect(new Set(files).size).toBe(1);
  });

  it('makes a run of another server wait, and tells whom for and how to end it', async () => {
    await using folder = await temporaryFolder();
    let ran = false;
    await withLease(folder.path, writer(), async () => {
      const waiting = withLease(folder.path, elsewhere, () => Promise.resolve((ran = true)));
      await expect(waiting).rejects.toMatchObject({ type: FailureType.notReady, nonRetryable: false });
      await expect(waiting).rejects.toThrow(
        /is being changed by bootstrap\/dev of the Temporal at 127\.0\.0\.1:7233 \(worker on host-a\)\. .* 15 s\. .*temporal workflow cancel --workflow-id bootstrap\/dev --address 127\.0\.0\.1:7233$/,
      );
    });
    expect(ran).toBe(false);
  });

  it('makes a run under another id wait', async () => {
    await using folder = await temporaryFolder();
    await withLease(folder.path, writer({ workflowId: 'by-hand' }), nothing);
    await expect(withLease(folder.path, writer(), nothing)).rejects.toThrow(/is being changed by by-hand/);
  });

  it('passes at once to the next run of the same id: there is one open run of an id', async () => {
    await using folder = await temporaryFolder();
    await withLease(folder.path, writer(), nothing);
    await withLease(folder.path, writer({ runId: 'run-2' }), nothing);
    expect(holderIn(folder.path)).toMatchObject({ runId: 'run-2' });
  });

  it('is taken over from a holder that fell silent, and not a moment earlier', async () => {
    await using folder = await temporaryFolder();
    await withLease(folder.path, writer(), nothing);
    age(folder.path, SILENCE_MS - 2_000);
    await expect(withLease(folder.path, elsewhere, nothing)).rejects.toThrow(/is being changed/);
    age(folder.path, 2_000);
    await withLease(folder.path, elsewhere, nothing);
    // the first one comes back: it waits in its turn
    await expect(withLease(folder.path, writer(), nothing)).rejects.toThrow(/127\.0\.0\.1:7240/);
  });

  it('is no holder’s for ever when the clock was set back', async () => {
    await using folder = await temporaryFolder();
    await withLease(folder.path, writer(), nothing);
    age(folder.path, -86_400_000);
    await withLease(folder.path, elsewhere, nothing);
  });

  it('is renewed while a step lasts, and not taken back by one that outlived its run', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'writer.json');
    const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    await withLease(folder.path, writer(), async () => {
      age(folder.path, 14_000);
      const before = statSync(path).mtimeMs;
      await sleep(5_500);
      expect(statSync(path).mtimeMs).toBeGreaterThan(before + 14_000);
      await withLease(folder.path, writer({ runId: 'run-2' }), nothing);
      await sleep(5_500);
    });
    expect(holderIn(folder.path)).toMatchObject({ runId: 'run-2' });
  }, 20_000);

  it('tells who is at work, and of one that fell silent that nobody is', async () => {
    await using folder = await temporaryFolder();
    let waits = 0;
    const look = (ended = false) =>
      holderAtWork(folder.path, { ended: () => ended, onWait: () => waits++ }).then((found) => found?.runId);
    expect(await look()).toBeUndefined();
    await withLease(folder.path, writer(), async () => {
      expect(await look(true)).toBeUndefined();
      expect(waits).toBe(0);
      expect(await look()).toBe('run-1');
    });
    age(folder.path, SILENCE_MS - 1_000);
    expect([await look(), waits]).toEqual([undefined, 2]);
    age(folder.path, 1_000);
    expect([await look(), waits]).toEqual([undefined, 2]);
  }, 20_000);

  it('has one winner when many start at once', async () => {
    await using folder = await temporaryFolder();
    const runs = Array.from({ length: 8 }, (_, n) => writer({ server: `namespace-${n}` }));
    const ends = await Promise.allSettled(runs.map((run) => withLease(folder.path, run, nothing)));
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('of a newer release is refused', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(join(folder.path, 'writer.json'), JSON.stringify({ ...writer(), version: 2 }));
    await expect(withLease(folder.path, writer(), nothing)).rejects.toMatchObject({
      type: FailureType.refused,
      message: expect.stringMatching(/writer\.json was written by a newer onex-bootstrap \(version 2\)/),
    });
  });

  it('says what to do where it cannot be written', async () => {
    await expect(withLease('/dev/null/x', writer(), nothing)).rejects.toMatchObject({
      type: FailureType.missingPrerequisite,
      message: expect.stringContaining('ONEX_STATE_DIR'),
    });
  });
});
