import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Declaration } from './declaration';

/** The Compose file, where there is one, and what gives it variables. */
export const stackFiles = (
  infrastructure: Declaration['infrastructure'],
): { file?: string | undefined; envFiles?: string[] | undefined } =>
  infrastructure.kind === 'external' ? {} : infrastructure;

/** Every file and folder that a declaration names for reading. */
export function inputFiles(declaration: Declaration): string[] {
  const { contracts, registry, overlay, values, infrastructure, infisicalCa } = declaration;
  const { file, envFiles = [] } = stackFiles(infrastructure);
  const stack = [file, ...envFiles];
  const named = [...contracts, registry, overlay, ...values.map(({ path }) => path), ...stack, infisicalCa];
  return named.filter((file) => file !== undefined);
}

/** Whether any of them was changed after the moment, or put in the place of another: files, and what folders hold. */
export async function changedSince(declaration: Declaration, moment: Date): Promise<boolean> {
  for (const path of inputFiles(declaration)) if (await isNewer(path, moment)) return true;
  return false;
}

async function isNewer(path: string, moment: Date): Promise<boolean> {
  const found = await stat(path).catch(() => undefined); // one that is gone is told by the run
  if (found === undefined) return false;
  if (found.mtime > moment || found.ctime > moment) return true; // what is moved in keeps its own mtime
  if (!found.isDirectory()) return false;
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const counts = entry.isDirectory() || /\.ya?ml$/.test(entry.name);
    if (counts && (await isNewer(join(path, entry.name), moment))) return true;
  }
  return false;
}
