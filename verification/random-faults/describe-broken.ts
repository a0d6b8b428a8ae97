import type { Row } from './run-plan';

/** What a run broke, in one line. */
export function describeBroken({ lost, orphaned, duplicated, leaked, problems }: Row): string {
  const found = Object.entries({ lost, orphaned, duplicated, leaked })
    .filter(([, names]) => names.length > 0)
    .map(([kind, names]) => `${kind}: ${names.join(', ')}`);
  return [...found, ...problems].join('; ');
}
