import { existsSync, promises } from 'node:fs';
import { basename } from 'node:path';
import type { Orders } from './orders';
import { pass, sideEffect } from './pass';

/** Folders that the product keeps its state in, and the names that reports give them. */
export interface StateFolders {
  state: string;
  nodes: string;
  temporary: string;
}

const UUID = /\b(\d+-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
const PLAN = /\d{13}-[0-9a-f]{16}/g;
const DIGEST = /(?<=variables-)[0-9a-f]{16}/g;
const TIME = /\d{8}T\d{6}Z/; // of a backup

/** Every rename and link within the product's state, and every removal of a file there, becomes a side effect. */
export function watchFiles(orders: Orders, folders: StateFolders): void {
  const { rename, link, rm } = promises;
  const watched = async (verb: string, place: unknown, work: () => Promise<void>): Promise<void> => {
    const name = nameIn(folders, String(place));
    if (name === undefined) return work();
    const effect = sideEffect(orders, `file ${verb} ${name}`);
    await pass(orders, effect, 'before');
    await work();
    await pass(orders, effect, 'after');
  };
  promises.rename = (from, to) => watched('rename', to, () => rename(from, to));
  promises.link = (from, to) => watched('link', to, () => link(from, to));
  promises.rm = (path, options) =>
    isKept(String(path)) ? watched('remove', path, () => rm(path, options)) : rm(path, options);
}

// Temporary files, and locks that were taken aside, come and go.
const isKept = (path: string) =>
  existsSync(path) && !path.endsWith('.tmp') && !/writable-|\.lock\./.test(basename(path));

function nameIn(folders: StateFolders, path: string): string | undefined {
  const found = Object.entries(folders).find(([, folder]) => path.startsWith(`${folder}/`));
  if (found === undefined) return undefined;
  const [name, folder] = found as [string, string];
  return `${name}${path.slice(folder.length)}`
    .replace(UUID, ':id')
    .replace(PLAN, ':plan')
    .replace(DIGEST, ':digest')
    .replace(TIME, ':time');
}
