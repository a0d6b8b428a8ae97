import { ApplicationFailure } from '@temporalio/common';
import { join } from 'node:path';
import { engineOfShell } from '../stack/engine/engine-address';
import type { Configuration } from './configuration';
import {
  digestOf,
  digestsOf,
  readDeclaration,
  removeUnused,
  writeDeclaration,
  writeTrial,
  type Declaration,
  type DeclaredOptions,
} from './declaration';
import type { ContractReader } from './contract-reader';
import { variablesOf } from './declared-variables';
import { makeFolder } from './files/atomic';
import { ownFolder } from './files/own-folder';
import { withLock } from './files/locks';
import { assertWritable } from './files/writable';
import { resolveOptions } from './resolve-options';

export interface Declaring {
  environment: string;
  /** Flags of this call; they win over the variables of the configuration, and those over what was given before. */
  flags: DeclaredOptions;
  /** Forget what was given before. */
  reset?: boolean;
  /** For dry runs: the declaration in force stays as it is. */
  trial?: boolean;
}

/** A declaration with its digest, and in words what it changes against the one before. */
export interface Declared {
  declaration: Declaration;
  digest: string;
  changes: string[];
}

/** Declares an environment on this host, by what is given now and was given before. Does nothing where that is in force. */
export async function declareEnvironment(
  configuration: Configuration,
  contracts: ContractReader,
  declaring: Declaring,
): Promise<Declared> {
  const stateDir = join(configuration.stateRoot, declaring.environment);
  try {
    await ownFolder(configuration.stateRoot);
    await makeFolder(stateDir);
    return await withLock(join(stateDir, 'declare.lock'), () =>
      declareIn(stateDir, configuration, contracts, declaring),
    );
  } catch (error) {
    // a folder that cannot be made, a full disk: that one says what to do
    if (!(error instanceof ApplicationFailure)) await assertWritable(stateDir);
    throw error;
  }
}

async function declareIn(
  stateDir: string,
  configuration: Configuration,
  contracts: ContractReader,
  { environment, flags, reset = false, trial = false }: Declaring,
): Promise<Declared> {
  const before = await readDeclaration(stateDir);
  const kept = reset ? undefined : before?.given;
  const given = merge(kept ?? {}, configuration.options, await engineFor(configuration, kept, flags), flags);
  const resolved = await resolveOptions(environment, given, configuration);
  const values = await variablesOf(resolved, configuration, contracts);
  const fromDotenv = [...values.keys()].filter((name) => configuration.fromDotenv.has(name));
  const declaration: Declaration = {
    ...resolved,
    variables: await digestsOf(stateDir, values),
    ...(fromDotenv.length > 0 && { fromDotenv }),
  };
  const digest = digestOf(declaration);
  const changes = before === undefined ? ['for the first time'] : differences(before, declaration);
  if (before !== undefined && digestOf(before) === digest) {
    await removeUnused(stateDir); // whoever put it in force may have been killed before that
    return { declaration, digest, changes: [] };
  }
  await (trial ? writeTrial : writeDeclaration)(stateDir, declaration, values);
  return { declaration, digest, changes };
}

/**
 * The engine that the shell means. The Docker context in use counts the first time only: it is switched for other
 * reasons too, and a stack stays where it is until an engine is named for it.
 */
async function engineFor(
  { variables, workingDir, options }: Configuration,
  kept: DeclaredOptions | undefined,
  flags: DeclaredOptions,
): Promise<DeclaredOptions> {
  const { infisical, home } = merge(kept ?? {}, options, flags);
  if (infisical !== undefined && home === undefined) return {}; // nothing of it runs on an engine of ours
  const engine = await engineOfShell(variables, { workingDir, contextInUse: kept === undefined });
  return engine === undefined ? {} : { engine };
}

/** The same in memory only, for a look from a shell: nothing is written, and all of the shell's variables count. */
export async function resolveUndeclared(
  configuration: Configuration,
  environment: string,
  before: Declaration | undefined,
  flags: DeclaredOptions,
): Promise<Declaration> {
  const given = merge(before?.given ?? {}, configuration.options, flags);
  const { variables, fromDotenv } = configuration;
  const read = [...new Set([...(before?.fromDotenv ?? []), ...fromDotenv])];
  return {
    ...(await resolveOptions(environment, given, configuration)),
    variables: {},
    fromDotenv: read.filter((name) => fromDotenv.has(name) || !variables.has(name)),
  };
}

/** Later ones win; a stack takes the place of an Infisical that somebody else runs, and the other way round. */
function merge(...all: DeclaredOptions[]): DeclaredOptions {
  return all.reduce((before, options) => {
    const kept = { ...before };
    // a host that joined has both: services of its own, and the home's Infisical
    const isJoined = (options.home ?? kept.home) !== undefined;
    if (options.stackFile !== undefined && !isJoined) delete kept.infisical;
    if (options.infisical !== undefined && !isJoined) delete kept.stackFile;
    if (options.stackFile !== undefined || (options.infisical !== undefined && !isJoined))
      delete kept.envFiles;
    if (options.contracts !== undefined) delete kept.values;
    // what was insisted on, and whose certificate is known, was said of another server
    if (options.infisical !== undefined && options.infisical !== before.infisical) {
      delete kept.insecureHttp;
      delete kept.infisicalCa;
    }
    return { ...kept, ...options };
  }, {});
}

/** A field in words: texts as they are, lists with commas. */
function shown(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (['string', 'number'].includes(typeof value)) return String(value);
  const parts: unknown[] = Array.isArray(value) ? value : Object.values(value ?? {});
  return parts.map(shown).join(Array.isArray(value) ? ', ' : ' ') || 'none';
}

const inWords = (field: string) => field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** What a declaration changes against the one before, in words. */
export function differences(before: Declaration, after: Declaration): string[] {
  const fields = ([...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Declaration)[])
    .filter((field) => field !== 'given' && field !== 'variables')
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
    .map((field) => {
      const [old, now] = [before[field], after[field]];
      const none = [old, now].some((value) => typeof value === 'boolean') ? false : undefined;
      return `${inWords(field)}: ${shown(old ?? none)} → ${shown(now ?? none)}`;
    });
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
