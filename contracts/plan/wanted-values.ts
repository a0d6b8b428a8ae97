import type { Secret } from '../core/secret';
import type { SeedTarget } from './seed-target';

/** The wanted value at a place: what a row of a plan, which holds no value, stands for. */
export function wantedValues(targets: readonly SeedTarget[]) {
  const values = new Map(targets.map(({ folder, key, value }) => [`${folder}/${key}`, value]));
  return ({ folder, key }: { folder: string; key: string }): Secret | undefined =>
    values.get(`${folder}/${key}`);
}
