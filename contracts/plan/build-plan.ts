import { ObservedIndex, Places, type ObservedSecret } from './places';
import { byPlace, type PlanRow, type SeedPlan } from './plan-row';
import { holdsReference, refusal } from './refusal';
import { someOf } from '../core/some-of';
import type { SeedTarget, SeedTargets } from './seed-targets';

interface PlanOptions {
  /** Whether a different value on the server is replaced (UPDATE) or left (KEPT): of all keys, or of those named. */
  overwrite: boolean | readonly string[];
  /** Keys that are written although they tell programs what to do. */
  allowKeys?: readonly string[] | undefined;
  /** Whether a value that holds a reference is written. */
  refuseReferences?: boolean;
}

type Readable = (folder: string, key: string) => boolean;

/** Compares what should be with `observed`, a recursive listing of the whole environment. */
export function buildPlan(
  { targets, unclaimed, warnings, serviceOverrideRequired }: SeedTargets,
  observed: readonly ObservedSecret[],
  options: PlanOptions,
): SeedPlan {
  const server = new ObservedIndex(observed);
  const planned = new Places<PlanRow | undefined>();
  for (const target of targets) {
    planned.set(target.folder, target.key, rowOf(target, server, options));
  }
  // Nodes find what the plan leaves or writes there, and what the server holds where the plan refuses to write.
  const readable: Readable = (folder, key) => {
    const action = planned.get(folder, key)?.action;
    return (action !== undefined && action !== 'REFUSED') || server.found(folder, key) !== undefined;
  };
  const rows = targets.flatMap(
    (target) => planned.get(target.folder, target.key) ?? missing(target, readable) ?? [],
  );
  for (const row of unclaimed) rows.push(row);
  const places = server.places();
  for (const [newest] of places) {
    if (newest === undefined || !planned.hasFolder(newest.folder)) continue;
    if (!planned.has(newest.folder, newest.key)) rows.push(unmanaged(newest));
  }
  const notes = [
    ...warnings,
    ...targets.flatMap((target) => lackingOverride(target, serviceOverrideRequired, readable)),
    ...places.flatMap(duplicate),
    ...rows.flatMap(kept),
    ...targets.flatMap((target) => referring(target, server)),
  ];
  return { rows: rows.sort(byPlace), warnings: notes };
}

/** Whether a different value on the server is replaced. What the stack has is so: the server follows it. */
const replaces = (overwrite: PlanOptions['overwrite'], { key, sources }: SeedTarget): boolean =>
  sources.includes('stack') || (typeof overwrite === 'boolean' ? overwrite : overwrite.includes(key));

const kept = ({ action, folder, key }: PlanRow): string[] =>
  action === 'KEPT'
    ? [`${folder}/${key}: the value given differs, and the server's is kept; --overwrite ${key} replaces it`]
    : [];

/** A value that this product reads as it stands, and every other client with something in its place. */
function referring({ folder, key, value }: SeedTarget, server: ObservedIndex): string[] {
  const read = value ?? server.found(folder, key)?.value;
  if (read === undefined || !holdsReference(read)) return [];
  return [
    `${folder}/${key} holds a reference (\${…}): read as written here, while Infisical's own clients put in what it names, or nothing`,
  ];
}

/** The row of a target that has a value or is on the server; undefined for one that is neither given nor there. */
function rowOf(
  target: SeedTarget,
  server: ObservedIndex,
  { overwrite, ...refused }: PlanOptions,
): PlanRow | undefined {
  const { folder, key, value } = target;
  const held = server.at(folder, key);
  const [newest] = held;
  const row = (action: PlanRow['action'], reason?: string): PlanRow => ({
    action,
    folder,
    key,
    ...(newest === undefined ? {} : { version: newest.version }),
    owners: ownersOf(target),
    required: target.required,
    ...(reason === undefined ? {} : { reason }),
  });

  if (value === undefined) {
    const needed = target.readers.length > 0 || target.sources.some((source) => source !== 'registry');
    return needed && server.found(folder, key) ? row('UNCHANGED', 'no value given') : undefined;
  }
  if (held.length > 0 && held.every((secret) => secret.value.equals(value))) return row('UNCHANGED');
  const reason = refusal(key, value, refused);
  if (reason !== undefined) return row('REFUSED', reason);
  if (newest === undefined) return row('CREATE');
  if (server.found(folder, key) && !replaces(overwrite, target))
    return row('KEPT', 'differs; --overwrite replaces it');
  // A write would change one of them and leave the others to be read.
  if (held.length > 1) return row('REFUSED', `it is ${held.length} times on the server: delete all but one`);
  return row('UPDATE', newest.value.isBlank ? 'blank on the server' : undefined);
}

const nodesOf = (readers: SeedTarget['readers']) => new Set(readers.map(({ node }) => node));

const ownersOf = ({ readers, sources }: SeedTarget): string[] => [...nodesOf(readers), ...sources];

/** A key is missed where its readers look last, by those that find it nowhere. */
function missing({ folder, key, readers }: SeedTarget, readable: Readable): PlanRow | undefined {
  // A service's own key that nobody must have is not missed.
  if (!folder.startsWith('/shared/')) return undefined;
  const lacking = readers.filter(
    ({ folders }) => folders.at(-1) === folder && !folders.some((place) => readable(place, key)),
  );
  if (lacking.length === 0) return undefined;
  const required = lacking.some((reader) => reader.required);
  return { action: 'MISSING', folder, key, owners: [...nodesOf(lacking)], required };
}

/** A secret beside the targets that none of them stands for: a retired key, or somebody else's. */
const unmanaged = ({ folder, key, version }: ObservedSecret): PlanRow => ({
  action: 'UNMANAGED',
  folder,
  key,
  version,
  owners: [],
  required: false,
});

/** A key that a service must have in its own folder, where its nodes find only the shared placeholder. */
function lackingOverride(
  { folder, key, readers }: SeedTarget,
  required: ReadonlySet<string>,
  readable: Readable,
): string[] {
  if (!required.has(key) || !folder.startsWith('/services/')) return [];
  if (readers.length === 0 || readable(folder, key)) return [];
  const nodes = someOf(nodesOf(readers));
  return [`${folder}/${key} has no value (service_override_required): ${nodes} would read the shared one`];
}

function duplicate(held: readonly ObservedSecret[]): string[] {
  const [, second] = held;
  if (second === undefined) return [];
  return [`${second.folder}/${second.key} is ${held.length} times on the server: delete all but one`];
}
