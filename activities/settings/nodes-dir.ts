import { mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';

const TMPFS_MAGIC = 0x01021994; // statfs(2)

/** The folder for nodes' configuration: on a tmpfs where there is one, so that values never reach a disk. */
export async function nodesDir(
  stateRoot: string,
  candidates: string[] = ['/run', '/dev/shm'],
): Promise<string> {
  const owner = process.getuid?.() ?? 0;
  for (const base of candidates) {
    const dir = join(base, `onex-bootstrap-${owner}`);
    if (!(await isTmpfs(base))) continue;
    const made = await mkdir(dir, { recursive: true, mode: 0o700 }).then(
      () => true,
      () => false,
    );
    if (made) return join(dir, 'nodes');
  }
  return join(stateRoot, 'nodes');
}

async function isTmpfs(path: string): Promise<boolean> {
  return statfs(path).then(
    ({ type }) => type === TMPFS_MAGIC,
    () => false,
  );
}
