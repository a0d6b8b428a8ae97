import type { PlanWarning } from './seed-plan';
import type { SeedTarget } from './seed-target';

/** The keys that a service must have in its own folder, for services whose nodes find only the shared placeholder. */
export function serviceOverrideWarnings(
  targets: readonly SeedTarget[],
  required: ReadonlySet<string>,
  readable: (folder: string, key: string) => boolean,
): PlanWarning[] {
  return targets.flatMap(({ folder, key, readers }): PlanWarning[] => {
    if (!folder.startsWith('/services/') || !required.has(key)) return [];
    if (readers.length === 0 || readable(folder, key)) return [];
    const nodes = [...new Set(readers.map(({ node }) => node))].join(', ');
    const message = `${folder}/${key} has no value (service_override_required): ${nodes} would read the shared one`;
    return [{ kind: 'service-override', key, message }];
  });
}
