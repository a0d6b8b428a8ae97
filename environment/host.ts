import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { badInput, declarationChanged } from '../contracts/core/failures';
import { environmentQueue } from '../contracts/core/names';
import { parseRunRef, type Choices, type RunRef } from '../contracts/run/run-ref';
import { present } from '../contracts/core/record';
import type { Secret } from '../contracts/core/secret';
import type { Configuration } from './configuration';
import { ContractReader } from './contract-reader';
import {
  digestOf,
  readDeclaration,
  readTrial,
  readVariables,
  type Declaration,
  type DeclaredOptions,
} from './declaration';
import { declareEnvironment, resolveUndeclared, type Declared, type Declaring } from './declare';
import { Environment } from './environment';
import { installationId } from './keys';

/** What this process knows of its machine: the environments declared here, and the way to open them. */
export class Host {
  readonly contracts = new ContractReader();
  /** The one opened last, by environment: its steps follow each other. */
  readonly #open = new Map<string, Environment>();

  constructor(readonly configuration: Configuration) {}

  /** The environment's own folder, 0700: declaration, credentials, plans, reports. */
  stateDirOf(environment: string): string {
    return join(this.configuration.stateRoot, environment);
  }

  /** Names of the declared environments, sorted. */
  async environments(): Promise<string[]> {
    const entries = await readdir(this.configuration.stateRoot).catch(() => [] as string[]);
    const declared = await Promise.all(
      entries.map((name) =>
        stat(join(this.stateDirOf(name), 'declaration.json')).then(
          () => [name],
          () => [],
        ),
      ),
    );
    return declared.flat().sort();
  }

  /** The installation that has an environment which this host only joined; undefined for those of this host. */
  async homeOf(environment: string): Promise<string | undefined> {
    const declaration = await readDeclaration(this.stateDirOf(environment));
    const { infrastructure } = declaration ?? {};
    return infrastructure?.kind === 'joined' ? infrastructure.home : undefined;
  }

  declare(declaring: Declaring): Promise<Declared> {
    return declareEnvironment(this.configuration, this.contracts, declaring);
  }

  /** The environment that is meant: the named one, ONEX_ENVIRONMENT, else the only one. BadInput names the choices. */
  async choose(named: string | undefined): Promise<string> {
    const wanted = named ?? this.configuration.environment;
    const declared = await this.environments();
    if (wanted !== undefined && declared.includes(wanted)) return wanted;
    if (wanted !== undefined) throw neverDeclared(wanted, declared, this.configuration.stateRoot);
    const [only, ...others] = declared;
    if (only === undefined) throw neverDeclared(undefined, declared, this.configuration.stateRoot);
    if (others.length === 0) return only;
    throw badInput(`Several environments are declared here: name one of ${declared.join(', ')}.`);
  }

  /** The environment as it is declared now. */
  async newest(name: string): Promise<Environment> {
    const declaration = await readDeclaration(this.stateDirOf(name));
    if (declaration === undefined)
      throw neverDeclared(name, await this.environments(), this.configuration.stateRoot);
    return this.opened(declaration);
  }

  /** The environment of a run. DeclarationChanged where another declaration is in force than the run goes by; what a payload says is checked. */
  async open(run: RunRef): Promise<Environment> {
    const { environment, declaration: digest, dryRun } = parseRunRef(run);
    const known = this.#open.get(environment);
    const stateDir = this.stateDirOf(environment);
    const current = await readDeclaration(stateDir);
    if (current !== undefined && digestOf(current) === digest)
      return known?.digest === digest ? known : this.opened(current);
    const trial = dryRun ? await readTrial(stateDir, digest) : undefined;
    if (trial !== undefined && digestOf(trial) === digest) return this.opened(trial);
    if (current === undefined)
      throw neverDeclared(environment, await this.environments(), this.configuration.stateRoot);
    throw declarationChanged(`${environment} was declared again after this run began.`);
  }

  /**
   * The environment for a look from this shell: as it is declared, with what the flags and the shell's variables say
   * on top. One that was never declared is BadInput, unless the shell itself says where to read.
   */
  async forReading(named: string | undefined, flags: DeclaredOptions): Promise<Environment> {
    const { configuration } = this;
    const wanted = named ?? configuration.environment;
    const saysWhere = Object.keys(flags).length > 0 || configuration.variables.has('INFISICAL_ADDR');
    const declared = await this.environments();
    const isDeclared = wanted === undefined ? declared.length > 0 : declared.includes(wanted);
    const name = isDeclared || !saysWhere ? await this.choose(named) : (wanted ?? 'dev');
    const before = isDeclared ? await readDeclaration(this.stateDirOf(name)) : undefined;
    const kept =
      before === undefined ? new Map<string, Secret>() : await readVariables(this.stateDirOf(name), before);
    const declaration = await resolveUndeclared(configuration, name, before, flags);
    return new Environment(this, declaration, new Map([...kept, ...configuration.variables]));
  }

  /** The run that somebody asks for: by the trial that a dry run names, else by the declaration in force. */
  async refOf(choices: Choices, environment: string): Promise<RunRef> {
    const { dryRun = false, overwrite = false, service, required, declaration } = choices;
    return {
      environment,
      declaration: declaration ?? (await this.newest(environment)).digest,
      dryRun,
      overwrite,
      ...present({ service, required }),
      ...(choices.from !== undefined && {
        promotion: { from: choices.from, ...present({ keys: choices.keys, transport: choices.transport }) },
      }),
    };
  }

  /** Names this host and state directory: two installations never share a queue. Made once. */
  async installation(): Promise<string> {
    const { stateRoot, host } = this.configuration;
    return `${host}-${await installationId(stateRoot)}`;
  }

  async queueOf(environment: string): Promise<string> {
    return environmentQueue(environment, await this.installation());
  }

  /** The environment of a declaration whose variables are in its folder. */
  async opened(declaration: Declaration): Promise<Environment> {
    const { environment } = declaration;
    const variables = await readVariables(this.stateDirOf(environment), declaration);
    const opened = new Environment(this, declaration, variables);
    this.#open.set(environment, opened);
    return opened;
  }
}

function neverDeclared(name: string | undefined, declared: readonly string[], stateRoot: string) {
  const what =
    name === undefined ? 'No environment is declared' : `The environment ${name} was never declared`;
  const others = declared.length === 0 ? '' : ` (those that are: ${declared.join(', ')})`;
  const how = `onex-bootstrap up${name === undefined ? '' : ` --environment ${name}`}`;
  return badInput(`${what} in ${stateRoot}${others}. To declare it and bring it up: ${how}`);
}
