import { z } from 'zod';
import { ofFile, type Problem } from './core/text-file';
import { zodProblems } from './core/zod-problems';
import { folderNames, isFolderName, resolveFolder, type FolderNames } from './folders';
import { mapping, readYaml, type YamlText } from './node-contract/yaml';
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
};

interface ParsedRegistry {
  /** Undefined where there is any problem: half a registry could seed what must not be seeded. */
  registry?: KeyRegistry;
  problems: Problem[];
}

const keys = z.array(z.string().trim().min(1)).nullish();
const named = <T extends z.ZodType>(value: T) => z.map(z.string(), value).nullish();

const registrySchema = z.strictObject({
  version: z.unknown().optional(),
  shared: named(keys),
  bootstrap_only: keys,
  identity_defaults: keys,
  service_override_required: keys,
  services: named(named(keys)),
});

/** Reads a shared key registry. `path` names the file in messages. Never throws. */
export function parseRegistry(
  path: string,
  text: string,
  folders: FolderNames = folderNames(),
): ParsedRegistry {
  const { registry, problems } = registryOf(readYaml(text), folders);
  return problems.length > 0 || registry === undefined
    ? { problems: ofFile(path, problems) }
    : { registry, problems };
}

function registryOf(yaml: YamlText, folders: FolderNames): ParsedRegistry {
  if (yaml.problems.length > 0) return { problems: yaml.problems };
  const root = mapping(yaml.root);
  const parsed = registrySchema.safeParse(root === undefined ? (yaml.root ?? {}) : Object.fromEntries(root));
  if (!parsed.success) {
    const problems = zodProblems(parsed.error, registrySchema).map(({ path, message }) => ({
      message: `${path.join('.') || 'root'}: ${message}`,
      line: yaml.lineOf(path),
    }));
    return { problems };
  }
  const problems: Problem[] = [];
  return { registry: build(parsed.data, folders, (message) => problems.push({ message })), problems };
}

function build(
  data: z.infer<typeof registrySchema>,
  folders: FolderNames,
  report: (message: string) => void,
): KeyRegistry {
  const shared = new Map<string, string[]>();
  for (const [place, names] of data.shared ?? []) {
    const [, raw] = /^\/?shared\/([^/]+)\/?$/.exec(place) ?? [];
    if (raw === undefined || !isFolderName(raw))
      report(`shared: '${place}' is not of the form /shared/<folder>/`);
    else append(shared, resolveFolder(raw, folders), names ?? []);
  }
  const services = new Map<string, Map<string, string[]>>();
  for (const [service, byTransport] of data.services ?? []) {
    if (!isFolderName(service)) report(`services: '${service}' cannot name a folder`);
    const own = new Map<string, string[]>();
    for (const [transport, names] of byTransport ?? []) {
      if (!isFolderName(transport)) report(`services.${service}: '${transport}' cannot name a folder`);
      append(own, resolveFolder(transport, folders), names ?? []);
    }
    services.set(service, own);
  }
  return {
    shared,
    services,
    bootstrapOnly: new Set([...alwaysBootstrapOnly, ...(data.bootstrap_only ?? [])]),
    identityDefaults: new Set(data.identity_defaults),
    serviceOverrideRequired: new Set(data.service_override_required),
  };
}

function append(map: Map<string, string[]>, folder: string, names: readonly string[]): void {
  map.set(folder, [...new Set([...(map.get(folder) ?? []), ...names])]);
}
