import type Docker from 'dockerode';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { badInput } from '../contracts/core/failures';
import { bootstrapWorkflowId, hostWorkflowId } from '../contracts/core/names';
import type { MachineClassOverlay } from '../contracts/overlay';
import { knowNames } from '../contracts/core/secret-scope';
import type { Secret } from '../contracts/core/secret';
import { heldVariables } from '../stack/compose/secret-values';
import { readDotenv } from '../stack/compose/dotenv';
import { infisicalServices } from '../stack/compose/infisical-service';
import { addressOf } from '../stack/compose/ready';
import { parseStack } from '../stack/compose/parse-stack';
import type { Service, Stack } from '../stack/compose/stack';
import { connectEngine, type EngineAddress } from '../stack/engine/connect-engine';
import type { NamedEngine } from '../stack/engine/engine-address';
import { whyNotPublished } from '../stack/engine/ports';
import type { Progress } from '../stack/engine/run-command';
import { imageCache, type ImageOptions, type ResolvedImage } from '../stack/images/image';
import { resolveImages } from '../stack/images/resolve-images';
import type { Configuration } from './configuration';
import type { ContractReader } from './contract-reader';
import { digestOf, type Declaration } from './declaration';
import { stackFiles } from './declared-files';
import { readDeclared, readOverlaysOf, type DeclaredContracts } from './declared-contracts';
import { readHosts } from './hosts/records';
import { readInputFile, readInputFileSync } from './files/input-file';
import { installationKey, installationTag } from './keys';
import { Reports } from './reports';
import { pinnedImages, placed, readPlacement } from './upgrade/placement';

const A_DAY = 86_400; // in seconds; whoever has a token longer logs in again
const HALF_A_YEAR = 180 * A_DAY; // two turns of a rotation every 90 days: one was missed
const IN_TIME = 0.8; // of a client secret's lifetime: it is told of before it ends

/** What an environment needs of the process that opens it. */
interface Opener {
  configuration: Configuration;
  contracts: ContractReader;
}

/** One environment of this host as it is declared, with everything that its steps open. Nothing is opened before it is asked for. */
export class Environment {
  readonly environment: string;
  readonly digest: string;
  readonly stateDir: string;
  readonly stateRoot: string;
  readonly nodesDir: string;
  readonly runtimeEnvFile: string;
  /** Files of services with an identity of their own. */
  readonly serviceEnvFiles: Readonly<Record<string, string>>;
  /** How old a client secret may be before it is to be rotated, in seconds. */
  readonly rotateWithin: number;
  readonly limits: { tokenSeconds: number; secretSeconds: number; trustedIps: readonly string[] };
  readonly projectSlug: string;
  /** Whether values come from Infisical first: the controlled lane. */
  readonly required: boolean;
  /** Whether reads expand references and include imports. */
  readonly expand: boolean;
  readonly adminEmail: string;
  readonly organization: string;
  readonly machineClass: string | undefined;
  /** The engine that was named; undefined for that of this machine. */
  readonly namedEngine: NamedEngine | undefined;
  /** Address of an Infisical that somebody else runs; undefined where the stack brings it. */
  readonly external: string | undefined;
  /** Where this host only joined the environment: the installation that has it, and this host's name there. */
  readonly joined: { home: string; name: string; file?: string | undefined } | undefined;
  readonly reports: Reports;

  constructor(
    private readonly host: Opener,
    readonly declaration: Declaration,
    /** The variables that it was declared with. */
    readonly variables: ReadonlyMap<string, Secret>,
  ) {
    const { environment, infrastructure } = declaration;
    this.environment = environment;
    this.digest = digestOf(declaration);
    this.stateDir = join(host.configuration.stateRoot, environment);
    this.stateRoot = host.configuration.stateRoot;
    this.nodesDir = declaration.nodesDir;
    this.runtimeEnvFile = declaration.runtimeEnvFile;
    this.serviceEnvFiles = declaration.serviceEnvFiles ?? {};
    this.limits = {
      tokenSeconds: declaration.tokenAge ?? A_DAY,
      secretSeconds: declaration.secretAge ?? 0,
      trustedIps: declaration.trustedIps ?? [],
    };
    const { secretAge, rotateWithin = HALF_A_YEAR } = declaration;
    this.rotateWithin = Math.min(rotateWithin, secretAge === undefined ? Infinity : secretAge * IN_TIME);
    this.projectSlug = declaration.project;
    this.required = declaration.required;
    this.expand = declaration.expand ?? false;
    this.adminEmail = declaration.adminEmail;
    this.organization = declaration.organization;
    this.machineClass = declaration.machineClass;
    this.namedEngine = declaration.engine;
    this.external = infrastructure.kind === 'stack' ? undefined : infrastructure.address;
    this.joined = infrastructure.kind === 'joined' ? infrastructure : undefined;
    this.reports = new Reports(this.stateDir);
  }

  /** Whether services of it run on this host: its whole stack, or those of a host that joined. */
  get hasStack(): boolean {
    return stackFiles(this.declaration.infrastructure).file !== undefined;
  }

  /** Id of the workflow that alone may change it here. */
  get lock(): string {
    const { environment, joined } = this;
    return joined === undefined ? bootstrapWorkflowId(environment) : hostWorkflowId(environment, joined.name);
  }

  get configuration(): Configuration {
    return this.host.configuration;
  }

  /** How secrets are read on this host. */
  get reads() {
    return this.configuration.reads;
  }

  /** Contracts, registry, overlay and what they need, as `readDeclared`; `service` is that of nodes whose contract names none. */
  async declared(service = this.declaration.service, sharedBy?: string): Promise<DeclaredContracts> {
    const declared = await readDeclared(this.declaration, service, this.host.contracts, sharedBy);
    const services = declared.nodes.flatMap((node) => node.service ?? []);
    knowNames([this.environment, this.projectSlug, ...services, ...Object.values(declared.folders)]);
    return declared;
  }

  /** Overlays of the machine classes of hosts that joined, where they lie beside the contracts. */
  async overlaysOfHosts(): Promise<MachineClassOverlay[]> {
    const hosts = await readHosts(this.stateDir);
    const classes = hosts.flatMap(({ accepted }) => accepted?.machineClass ?? []);
    const others = [...new Set(classes)].filter((machineClass) => machineClass !== this.machineClass);
    return readOverlaysOf(this.declaration.contracts, others.sort());
  }

  /**
   * The stack as its file is now, with the volumes of later and the images that an upgrade keeps (`asDeclared`: as the file
   * names them); `whole` also refuses one that a run cannot use. BadInput for an environment whose Infisical somebody else
   * runs.
   */
  async stack({ whole = false, asDeclared = false } = {}): Promise<Stack> {
    const { file } = stackFiles(this.declaration.infrastructure);
    if (file === undefined)
      throw badInput(`${this.environment} uses an Infisical that something else runs: it has no stack here.`);
    const text = (await readInputFile(file, 'stack file')).toString('utf8');
    const variables = this.stackVariables();
    const own = new Map([
      ['ONEX_ENVIRONMENT', this.environment],
      ['ONEX_STATE_DIR', this.stateRoot],
      ['ONEX_NODES_DIR', dirname(this.nodesDir)],
    ]);
    const lookup = (name: string) => own.get(name) ?? variables.get(name)?.reveal();
    const readEnvFile = (path: string) =>
      existsSync(path) ? readInputFileSync(path, 'env file').toString('utf8') : undefined;
    const stack = parseStack(text, { file, lookup, readEnvFile, whole });
    return asDeclared ? stack : placed(stack, await readPlacement(this.stateDir));
  }

  /** What the stack file may ask for, as Compose has it: the operator's variables, and below them the env files. */
  stackVariables(): ReadonlyMap<string, Secret> {
    const { infrastructure, fromDotenv = [] } = this.declaration;
    const { envFiles: files = [] } = stackFiles(infrastructure);
    const shell = new Map([...this.variables].filter(([name]) => !fromDotenv.includes(name)));
    const read = new Map<string, string>();
    for (const file of files) {
      const text = readInputFileSync(file, 'env file').toString('utf8');
      const lookup = (name: string) => shell.get(name)?.reveal() ?? read.get(name);
      try {
        for (const [name, value] of readDotenv(text, lookup)) read.set(name, value);
      } catch (error) {
        throw badInput(`The env file ${file} cannot be used: ${(error as Error).message}.`);
      }
    }
    return new Map([...heldVariables(read), ...shell]);
  }

  /** A stack service by its name. */
  async service(name: string): Promise<Service> {
    const stack = await this.stack();
    const service = Object.hasOwn(stack.services, name) ? stack.services[name] : undefined;
    if (service === undefined) throw badInput(`${stack.file ?? 'The stack'} declares no service ${name}.`);
    return service;
  }

  engine(): Docker {
    return connectEngine(this.engineAddress);
  }

  /** Which engine; the agent for one behind ssh is of this process. */
  get engineAddress(): EngineAddress {
    return { engine: this.namedEngine, variables: this.configuration.variables };
  }

  /** The images of the stack's services, pulled or built where they are not there. */
  async images(
    services: readonly string[] | undefined,
    {
      asDeclared = false,
      ...progress
    }: Progress & Pick<ImageOptions, 'refresh' | 'onlyHere'> & { asDeclared?: boolean },
  ): Promise<Record<string, ResolvedImage>> {
    const stack = await this.stack({ asDeclared });
    const kept = asDeclared ? {} : pinnedImages(stack, (await readPlacement(this.stateDir)).upgrade);
    const others = Object.entries(stack.services).filter(([name]) => !Object.hasOwn(kept, name));
    const resolved = await resolveImages(
      this.engine(),
      { ...stack, services: Object.fromEntries(others) },
      {
        ...(services === undefined
          ? {}
          : { services: services.filter((name) => !Object.hasOwn(kept, name)) }),
        cacheDir: imageCache(this.stateRoot),
        packageDir: this.configuration.packageDir,
        standIns: this.declaration.localImages ?? false,
        variables: this.configuration.variables,
        ...progress,
      },
    );
    return { ...resolved, ...kept };
  }

  /** What tells that who answers at Infisical's address is the one that is meant. */
  get trust() {
    const { infisicalCa: caFile, insecureHttp } = this.declaration;
    if (this.external !== undefined) return { caFile, insecureHttp };
    const whyNotOurs = (port: number) => whyNotPublished(this.engine(), this, port);
    return { caFile, insecureHttp, whyNotOurs };
  }

  /** Where Infisical answers on this host. */
  async infisicalAddress(): Promise<string> {
    if (this.external !== undefined) return this.external;
    const [service] = infisicalServices(await this.stack({ whole: true }));
    return addressOf(service!)!;
  }

  /** The installation's own key, for digests. */
  key(): Promise<Secret> {
    return installationKey(this.stateDir);
  }

  /** Marks what this installation made, at the engine and at Infisical. */
  tag(): Promise<string> {
    return installationTag(this.stateDir);
  }
}
