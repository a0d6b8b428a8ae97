import { readFile, rm } from 'node:fs/promises';

/** The pidfile of a dead engine would stop the next one. A living process of another name has merely got its number. */
export async function removeStalePidfile(path: string, program: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined || (await programOf(Number(text))) === program) return;
  await rm(path, { force: true });
}

/** The name of a living process, or undefined. */
export async function programOf(pid: number): Promise<string | undefined> {
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => undefined);
  return name?.trim();
}
