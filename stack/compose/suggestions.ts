import { distance } from 'fastest-levenshtein';
import { fieldsAt } from './compose-schema';

/** The candidate nearest to `word`, if it is near enough to be meant: about a third of its letters differ at most. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const [best] = candidates
    .map((candidate) => ({ candidate, changes: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.changes - b.changes);
  return best !== undefined && best.changes <= Math.max(1, Math.round(word.length / 3))
    ? best.candidate
    : undefined;
}

// Real Compose fields that somebody may well write, and what to do instead.
const OUTSIDE: Record<string, string> = {
  build: 'images are pulled by tag',
  container_name: 'containers are named PROJECT-SERVICE-1',
  configs: 'use secrets or a bind mount',
  deploy: 'one container per service',
  env_file: 'write environment',
  extends: 'write the service out',
  external: 'volumes belong to the stack',
  driver: 'local volumes only',
  include: 'one file per stack',
  network_mode: 'only the default network is supported',
  privileged: 'services run without privileges',
  cap_add: 'services run without privileges',
  expose: 'the services of a stack reach each other without it',
  hostname: 'a service is reached by its name',
  logging: "the engine's own log driver is used",
  scale: 'one container per service',
  start_interval: 'engines before 25 ignore it silently',
  version: 'obsolete in Compose: remove it',
  pull_policy: 'an image is pulled when it is absent',
  platform: "the engine's own platform is used",
};

/** Why a field is not understood: misspelt, or outside the subset. */
export function unsupportedField(path: readonly PropertyKey[], field: string): string {
  const outside = OUTSIDE[field];
  if (outside !== undefined) return `outside the supported part of Compose (${outside})`;
  const known = fieldsAt(path);
  const meant = didYouMean(field, known);
  if (meant !== undefined) return `unknown field: did you mean ${meant}?`;
  return `outside the supported part of Compose${known.length > 0 ? ` (here: ${known.join(', ')})` : ''}`;
}
