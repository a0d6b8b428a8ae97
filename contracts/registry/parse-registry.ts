import { z } from 'zod';
import { mapping } from '../read/mapping';
import type { Problem } from '../read/problem';
import { readYaml, type YamlText } from '../read/read-yaml';
import { folderNames, type FolderNames } from '../transports/folder-names';
import { isFolderName } from '../transports/is-folder-name';
import { resolveFolder } from '../transports/resolve-folder';
import { alwaysBootstrapOnly, type KeyRegistry } from './key-registry';

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
  const yaml = readYaml(text);
  const root = mapping(yaml.root);
  if (yaml.problems.length > 0) return { problems: yaml.problems.map((fault) => at(path, fault)) };
  const parsed = registrySchema.safeParse(root === undefined ? (yaml.root ?? {}) : Object.fromEntries(root));
  if (!parsed.success) return { problems: parsed.error.issues.map((issue) => fromIssue(path, issue, yaml)) };
  const problems: Problem[] = [];
  const registry = build(parsed.data, folders, (message) =>
    problems.push({ message: `${path}: ${message}` }),
  );
  return problems.length > 0 ? { problems } : { registry, problems };
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
    else append(shared, resolveFolder(raw, folders), names);
  }
  const services = new Map<string, Map<string, string[]>>();
  for (const [service, byTransport] of data.services ?? []) {
    if (!isFolderName(service)) report(`services: '${service}' cannot name a folder`);
    const own = new Map<string, string[]>();
    for (const [transport, names] of byTransport ?? []) {
      if (!isFolderName(transport)) report(`services.${service}: '${transport}' cannot name a folder`);
      append(own, resolveFolder(transport, folders), names);
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

function append(
  map: Map<string, string[]>,
  folder: string,
  names: readonly string[] | null | undefined,
): void {
  map.set(folder, [...new Set([...(map.get(folder) ?? []), ...(names ?? [])])]);
}

function fromIssue(path: string, issue: z.core.$ZodIssue, yaml: YamlText): Problem {
  const place = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  const line = yaml.lineOf(place);
  const message = `${place.join('.') || 'root'}: ${issue.message}`;
  return at(path, line === undefined ? { message } : { message, line });
}

const at = (path: string, { message, ...where }: Problem): Problem => ({
  message: `${path}: ${message}`,
  ...where,
});
