import { join, resolve } from 'node:path';
import { badInput } from '../core/failures';
import { bootstrapInputSchema, type BootstrapInput } from './bootstrap-input';
import type { Configuration } from './configuration';
import type { EnvFile, Settings } from './settings';

const SERVICE_FILE = /^([a-z0-9][a-z0-9-]*)=(.+)$/;

/** Facts of the worker's machine that the pure part cannot know. */
export interface HostFacts {
  nodesDir: string;
  searchAttributes: boolean;
  exists(path: string): boolean;
}

/** A caller's input over the worker's configuration over the defaults. An input that cannot be used is BadInput. */
export function resolveSettings(input: unknown, config: Configuration, facts: HostFacts): Settings {
  const given = parseInput(input);
  const at = (path: string) => resolve(config.workingDir, path);
  const environment = given.environment ?? config.environment;
  const stateDir = join(config.stateRoot, environment);
  const contracts = given.contracts?.map(at) ?? config.contracts;
  const example = join(config.packageDir, 'examples', 'onex');
  const envFiles = (
    given.envFiles ??
    config.envFiles ??
    defaultEnvFiles(contracts, example, config, facts)
  ).map((entry) => envFile(entry, at));
  const roots = contracts ?? [join(example, 'contracts')];
  const machineClass = given.machineClass ?? config.machineClass;
  const registry = given.registry ?? config.registry ?? beside(roots, ['shared_key_registry.yaml'], facts);
  const overlay =
    given.overlay ??
    config.overlay ??
    (machineClass === undefined ? undefined : overlayOf(roots, machineClass, facts));
  return {
    environment,
    host: given.host ?? config.host,
    stateDir,
    infrastructure:
      given.infisical === undefined
        ? { kind: 'stack', file: stackFile(given, config, at) }
        : { kind: 'external', address: given.infisical.replace(/\/+$/, '') },
    contracts: roots,
    ...(registry === undefined ? {} : { registry: at(registry) }),
    ...(overlay === undefined ? {} : { overlay: at(overlay) }),
    ...(machineClass === undefined ? {} : { machineClass }),
    service: given.service ?? config.service,
    envFiles,
    folders: given.folders ?? {},
    projectSlug: given.projectSlug ?? config.projectSlug,
    runtimeEnvFile: at(given.runtimeEnvFile ?? config.runtimeEnvFile ?? join(stateDir, 'runtime.env')),
    nodesDir: join(config.nodesDir ?? facts.nodesDir, environment),
    overwrite: given.overwrite ?? false,
    dryRun: given.dryRun ?? false,
    required: given.required ?? config.required,
    searchAttributes: facts.searchAttributes,
  };
}

function parseInput(input: unknown): BootstrapInput {
  const parsed = bootstrapInputSchema.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `  ${issue.path.join('.') || 'input'}: ${issue.message}`,
  );
  throw badInput(`The workflow's input cannot be used:\n${problems.join('\n')}`);
}

function stackFile(given: BootstrapInput, config: Configuration, at: (path: string) => string): string {
  return at(given.stackFile ?? config.stackFile ?? join(config.packageDir, 'docker-compose.yml'));
}

// The example's values belong to the example's contracts only; other contracts start from the operator's .env.
function defaultEnvFiles(
  contracts: string[] | undefined,
  example: string,
  config: Configuration,
  facts: HostFacts,
): string[] {
  const own = join(config.workingDir, '.env');
  const files =
    contracts === undefined ? [join(example, 'values.env'), `billing=${join(example, 'billing.env')}`] : [];
  return facts.exists(own) ? [...files, own] : files;
}

function envFile(entry: string, at: (path: string) => string): EnvFile {
  const [, service, path] = SERVICE_FILE.exec(entry) ?? [];
  return service !== undefined && path !== undefined ? { service, path: at(path) } : { path: at(entry) };
}

function beside(roots: string[], names: string[], facts: HostFacts): string | undefined {
  return roots
    .flatMap((root) =>
      names.flatMap((name) => [join(root, 'config', name), join(root, name), join(root, '..', name)]),
    )
    .find((path) => facts.exists(path));
}

function overlayOf(roots: string[], machineClass: string, facts: HostFacts): string {
  const names = [join('overlays', `${machineClass}.yaml`)];
  const found = beside(roots, names, facts);
  if (found !== undefined) return found;
  throw badInput(
    `No overlay for machine class ${machineClass}: looked for overlays/${machineClass}.yaml in and beside ${roots.join(', ')}. Name it with --overlay FILE.`,
  );
}
