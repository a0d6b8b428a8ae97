import type { Declaration } from './declaration';

/** A field in words: texts as they are, lists with commas. */
function shown(value: unknown): string {
  if (['string', 'boolean', 'number'].includes(typeof value)) return String(value);
  const parts: unknown[] = Array.isArray(value) ? value : Object.values(value ?? {});
  return parts.map(shown).join(Array.isArray(value) ? ', ' : ' ') || 'none';
}

/** What a declaration changes against the one before, in words. */
export function differences(before: Declaration, after: Declaration): string[] {
  const fields = ([...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Declaration)[])
    .filter((field) => field !== 'given' && field !== 'variables')
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .map((field) => `${field}: ${shown(before[field])} → ${shown(after[field])}`);
  const names = [...new Set([...Object.keys(before.variables), ...Object.keys(after.variables)])].sort();
  const variables = names.flatMap((name) => {
    const [old, now] = [before.variables[name], after.variables[name]];
    if (old === now) return [];
    return [
      `variable ${name} ${old === undefined ? 'given' : now === undefined ? 'no longer given' : 'changed'}`,
    ];
  });
  return [...fields, ...variables];
}
