import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '../../environment/files/temporary-folder';
import { kafka, onlyRecord, openCopies, recordFiles, secret } from './fixture';

// A file system of 64 KiB needs root and CAP_SYS_ADMIN; without them the test is reported as skipped.
describe('LastKnownGood on a full disk', () => {
  (canMount() ? it : it.skip)(
    'keeps the older copy, reports, throws nothing, and still forgets',
    async () => {
      await using folder = await temporaryFolder();
      mount(folder.path);
      try {
        const { copies, reasons, problems } = openCopies(folder.path);
        await copies.remember(kafka, [secret('A', 'old'), secret('B', 'old')], { complete: true });
        fill(folder.path);
        await copies.remember(kafka, [secret('A', 'new', 2)], { complete: false });
        expect(reasons()).toEqual(['not written']);
        expect(problems[0]?.message).toMatch(
          /^The last known good copy of dev:\/shared\/kafka .*disk is full \(ENOSPC\)/,
        );
        expect((await copies.recall(kafka, 'A'))?.value.reveal()).toBe('old');
        expect(readdirSync(join(onlyRecord(folder.path), '..'))).toHaveLength(1);
        await copies.forget(kafka, 'A');
        expect(recordFiles(folder.path)).toEqual([]);
        expect(reasons()).toEqual(['not written']);
      } finally {
        execFileSync('umount', [folder.path]);
      }
    },
  );
});

function mount(path: string): void {
  const options = ['-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'tmpfs', path];
  execFileSync('mount', options, { stdio: 'pipe' });
}

function canMount(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'onex-mount-'));
  try {
    mount(path);
    execFileSync('umount', [path]);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(path);
  }
}

function fill(folder: string): void {
  for (let bytes = 64 * 1024, file = 0; bytes >= 1; file++) {
    try {
      writeFileSync(join(folder, `filler-${file}`), Buffer.alloc(bytes));
    } catch {
      bytes = Math.floor(bytes / 2);
    }
  }
}
