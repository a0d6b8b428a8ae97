import { z } from 'zod';
import { SECRET_FORMATS, type SecretFormat } from './core/secret-format';
import { ofFile, type Problem } from './core/text-file';
import { zodProblems } from './core/zod-problems';
import { folderNames, isFolderName, resolveFolder, type FolderNames } from './folders';
import { mapping, readYaml } from './node-contract/yaml';
import { transportConfigMap } from './transports';

/** What the shared key registry says. Folder names are those of the store. */
export interface KeyRegistry {
  /** Folder under /shared → its keys. */
  shared: ReadonlyMap<string, readonly string[]>;
  /** Needed before Infisical can be reached: never seeded, never read from it. */
  bootstrapOnly: ReadonlySet<string>;
  /** Each service brings its own default: never in a shared layer, never missing. */
  identityDefaults: ReadonlySet<string>;
  /** A service must have its own value; the shared one is a placeholder. */
  serviceOverrideRequired: ReadonlySet<string>;
  /** Service → folder → keys that it may override. */
  services: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  /** Keys whose values are random, and of which form: `rotate` makes new ones. */
  generate: ReadonlyMap<string, SecretFormat>;
}

/** bootstrap_only whatever a registry says: Infisical's own credentials cannot come from Infisical. */
const alwaysBootstrapOnly: readonly string[] = [
  ...transportConfigMap.infisical.keys,
  'INFISICAL_ENCRYPTION_KEY',
  'INFISICAL_AUTH_SECRET',
];

/** The registry where none is given. */
export const defaultRegistry: KeyRegistry = {
  shared: new Map(),
  bootstrapOnly: new Set(alwaysBootstrapOnly),
  identityDefaults: new Set(),
  serviceOverrideRequired: new Set(),
  services: new Map(),
  generate: new Map(),
};

interface ParsedRegistry {
  /** Undefined where there is any problem: half a registry could seed what must not be seeded. */
  registry?: KeyRegistry;
  problems: Problem[];
}

const keys = z.array(z.string().trim().min(1)).nullish();
const folder = z.string().refine(isFolderName, 'cannot name a folder');
const sharedFolder = z.string().regex(/^\/?shared\/[A-Za-z0-9_-]+\/?$/, 'not of the form /shared/<folder>/');

const registrySchema = z.strictObject({
  version: z.unknown().optional(),
  shared: z.map(sharedFolder, keys).nullish(),
  bootstrap_only: keys,
  identity_defaults: keys,
  service_override_required: keys,
  services: z.map(folder, z.map(folder, keys).nullish()).nullish(),
  generate: z.map(z.string(), z.enum(SECRET_FORMATS)).nullish(),
});

/** Reads a shared key registry. `path` names the file in messages. Never throws. */
export function parseRegistry(
  path: string,
  text: string,
  folders: FolderNames = folderNames(),
): ParsedRegistry {
  const yaml = readYaml(text);
  if (yaml.problems.length > 0) return { problems: ofFile(path, yaml.problems) };
  const root = mapping(yaml.root);
  const parsed = registrySchema.safeParse(root === undefined ? (yaml.root ?? {}) : Object.fromEntries(root));
  if (parsed.success) return { registry: registryOf(parsed.data, folders), problems: [] };
  const problems = zodProblems(parsed.error, registrySchema).map(({ path: field, message }) => ({
    message: `${field.join('.') || 'root'}: ${message}`,
    line: yaml.lineOf(field),
  }));
  return { problems: ofFile(path, problems) };
}

function registryOf(data: z.infer<typeof registrySchema>, folders: FolderNames): KeyRegistry {
  const services = [...(data.services ?? [])].map(
    ([service, byTransport]) => [service, byFolder(byTransport ?? [], folders)] as const,
  );
  return {
    shared: byFolder(data.shared ?? [], folders),
    services: new Map(services),
    generate: new Map(data.generate ?? []),
    bootstrapOnly: new Set([...alwaysBootstrapOnly, ...(data.bootstrap_only ?? [])]),
    identityDefaults: new Set(data.identity_defaults),
    serviceOverrideRequired: new Set(data.service_override_required),
  };
}

/** The keys by the store's folder names. Two places may name one folder, by a transport's name and its alias. */
function byFolder(
  places: Iterable<[place: string, keys: string[] | null | undefined]>,
  folders: FolderNames,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [place, names] of places) {
    const own = resolveFolder(place.replace(/^\/?shared\//, '').replace(/\/$/, ''), folders);
    found.set(own, [...new Set([...(found.get(own) ?? []), ...(names ?? [])])]);
  }
  return found;
}
