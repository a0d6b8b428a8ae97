import { z } from 'zod';
import { SLUG } from './names';

/** The name of an environment, service, machine class or project. */
export const slug = z.string().regex(SLUG, 'must be lower-case letters, digits and hyphens');

/** `SERVICE=FILE`: a file for one service; a path alone is for all. */
export function serviceFile(given: string): { path: string; service?: string } {
  const [, service, path] = /^([a-z0-9][a-z0-9-]*)=(.+)$/s.exec(given) ?? [];
  return service === undefined || path === undefined ? { path: given } : { service, path };
}
