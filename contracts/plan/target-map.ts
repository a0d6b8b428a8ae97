import type { SeedTarget } from './seed-target';

/** Seed targets by place; a place claimed again keeps its earlier owners. */
export class TargetMap {
  readonly #targets = new Map<string, SeedTarget>();

  claim(folder: string, key: string, owner: string): SeedTarget {
    const place = `${folder}/${key}`;
    let target = this.#targets.get(place);
    if (target === undefined) {
      target = { folder, key, owners: [], required: false, value: undefined, readers: [] };
      this.#targets.set(place, target);
    }
    if (!target.owners.includes(owner)) target.owners.push(owner);
    return target;
  }

  list(): SeedTarget[] {
    return [...this.#targets.values()];
  }
}
