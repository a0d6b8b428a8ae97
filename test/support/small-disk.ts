import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own of `kib` KiB (root and CAP_SYS_ADMIN); undefined where none can be mounted. */
export function mountSmallDisk(kib: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), 'onex-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k,mode=0700`, 'tmpfs', path], { stdio: 'pipe' });
    return new SmallDisk(path);
  } catch {
    rmdirSync(path);
    return undefined;
  }
}

export class SmallDisk {
  readonly #filler: string;

  constructor(readonly path: string) {
    this.#filler = join(path, 'filler');
  }

  /** Leaves `bytes` free. */
  fill(bytes = 0): void {
    this.free();
    const { bavail, bsize } = statfsSync(this.path);
    writeFileSync(this.#filler, Buffer.alloc(Math.max(0, bavail * bsize - bytes)));
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  unmount(): void {
    execFileSync('umount', [this.path]);
    rmdirSync(this.path);
  }
}
