/*
 * All that verification knows of the product stands in this file; nothing else here imports its code (but secrets.ts
 * and phases.ts beside it, and the client of 2024's logins in conformance) or spells its flags, variables, files and activities, but
 * for commands that the kill matrix is told to kill. It relies on this:
 *
 * - `dist/client/main.js up -e ENVIRONMENT CONTRACT… --values FILE… --json` declares one environment and brings it up in one
 *   process that is its own worker. Exit code 0: it is up. Stdout is the report, with `outcome`, `changes` (their first
 *   names) and `runtime` (`name` and `proof` of each); of a failure it is an `outcome` of failed with a `message`, and
 *   the workflow `bootstrap/ENVIRONMENT` has failed with an ApplicationFailure of one of FAILURE_TYPES.
 * - `dist/client/main.js worker` starts the Temporal server and says WORKER_READY when it works.
 * - ONEX_STATE_DIR/temporal/server.json has `pid` and `port` of the Temporal server that the product started.
 * - ONEX_STATE_DIR/ENVIRONMENT has identity.json, runtime.env, admin.json, bootstrap-token, digest-key and secrets/;
 *   ONEX_NODES_DIR/ENVIRONMENT/all has a file for each node, with `node` and `values`; hosts/NAME.json is a host that joined
 *   (`asks`, `accepted`, `removed`, `last.outcome`), and on that host host-key.json and home.json are its keys.
 * - Containers are called onex-ENVIRONMENT-SERVICE-1, and the activities as in phases.ts.
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { WorkflowFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { parse } from 'dotenv';
import { temporalCli } from '../../client/temporal/temporal-cli';
import { FailureType } from '../../contracts/core/failures';
import { bootstrapWorkflowId } from '../../contracts/core/names';
import type { BootstrapReport } from '../../contracts/run/summaries';
import { readConfiguration } from '../../environment/configuration';
import { Host } from '../../environment/host';
import { ensureEngine } from '../../stack/engine/ensure-engine';

/** What a bootstrap is given; an env file is `FILE` or `SERVICE=FILE`. */
export interface Given {
  contracts: string[];
  envFiles: string[];
}

/** Where one environment keeps what it has. */
export interface Places {
  environment: string;
  /** The folder of the product's state, of all environments. */
  state: string;
  nodes: string;
}

/** The product's own folder of the state of one environment. */
export const stateOf = ({ state, environment }: Places) => join(state, environment);

/** What the runtime's readers of one environment read. */
export const runtimeEnvOf = (places: Places) => join(stateOf(places), 'runtime.env');

/** The folder with a file for each node of one environment. */
const nodesOf = ({ nodes, environment }: Places) => join(nodes, environment, 'all');

/** The file of one node. */
export const nodeFileOf = (places: Places, node: string) => join(nodesOf(places), `${node}.json`);

/** The program of the product in a folder. */
export const programOf = (product: string) => join(product, 'dist', 'client', 'main.js');

/** Arguments of the program that bring an environment up, where something else runs Infisical, with its address. */
export const upArguments = (
  environment: string,
  { contracts, envFiles }: Given,
  infisical?: string,
): string[] => [
  ...['up', '--environment', environment, ...contracts, '--json'],
  ...envFiles.flatMap((file) => ['--values', file]),
  ...(infisical === undefined ? [] : ['--infisical', infisical]),
];

export const variablesOf = ({ environment, state, nodes }: Places) => ({
  ONEX_STATE_DIR: state,
  ONEX_NODES_DIR: nodes,
  ONEX_ENVIRONMENT: environment,
  ONEX_LOCAL_IMAGES: 'true',
});

export const containerOf = ({ environment }: Places, service: string) => `onex-${environment}-${service}-1`;

/** What the report of `up` says, by name. */
export function reportNames(stdout: string): string[] {
  const { outcome, runtime = [] } = JSON.parse(stdout) as Pick<BootstrapReport, 'outcome'> &
    Partial<Pick<BootstrapReport, 'runtime'>>;
  return [`outcome ${outcome}`, ...runtime.map(({ name, proof }) => `${name} ${proof}`)];
}

/** The folder of the Temporal CLI, which the product is made to install first where it is missing. */
export async function temporalTools(): Promise<string> {
  const cli = await temporalCli(
    join(homedir(), '.onex-bootstrap', 'tools'),
    process.env['PATH'] ?? '',
    console.log,
  );
  return join(cli, '..');
}

/** The Temporal server that the product started. @throws where there is none */
export const temporalServer = ({ state }: Pick<Places, 'state'>) =>
  JSON.parse(readFileSync(join(state, 'temporal', 'server.json'), 'utf8')) as { pid: number; port: number };

/** The images of the stack on this machine's engine, where they are pulled or built if they are not there. */
export async function imagesOf(product: string): Promise<string[]> {
  const { DOCKER_HOST } = process.env;
  const variables = { HOME: homedir() };
  const host = new Host(readConfiguration(variables, { workingDir: product, packageDir: product }));
  const stackFile = join(product, 'docker-compose.yml');
  const environment = await host.forReading('kill', {
    stackFile,
    localImages: true,
    engine: DOCKER_HOST === undefined ? 'local' : { host: DOCKER_HOST },
  });
  await ensureEngine({ ...environment.engineAddress, stateDir: environment.stateRoot });
  const images = Object.values(await environment.images(undefined, {}));
  return [...new Set(images.map(({ ref }) => ref))].sort();
}

export const WORKER_READY = 'worker of ';
export const FAILURE_TYPES: readonly string[] = Object.values(FailureType);
/** An activity that every run's history names: a history without it cannot be searched. */
export const FIRST_ACTIVITY = 'readRequirements';
export const workflowOf = bootstrapWorkflowId;

/** How a run of the workflow `bootstrap` ended. */
export type Ended =
  | { ended: 'finished'; outcome: string; changes: readonly string[]; seconds: number }
  | { ended: 'failed'; type: string; message: string; seconds: number }
  | { ended: 'hung'; seconds: number };

/** How an `up` ended that printed this; of a failure its workflow knows the type. */
export async function endOf(
  { workflow }: Client,
  environment: string,
  { stdout, stderr, seconds }: { stdout: string; stderr: string; seconds: number },
): Promise<Ended> {
  const said = stdout.startsWith('{')
    ? (JSON.parse(stdout) as { outcome: string; message?: string })
    : undefined;
  if (said !== undefined && said.outcome !== 'failed') {
    const { outcome, changes } = said as BootstrapReport;
    return { ended: 'finished', outcome, changes: changes.first, seconds };
  }
  const handle = workflow.getHandle(bootstrapWorkflowId(environment));
  const error: unknown = await handle.result().catch((failure: unknown) => failure);
  const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
  const type = (cause instanceof ApplicationFailure ? cause.type : cause?.name) ?? 'none';
  return { ended: 'failed', type, message: said?.message ?? stderr, seconds };
}

/** What the state holds that must stay where it is: credentials, generated passwords and keys. */
export function storedValues(places: Places): { name: string; value: string }[] {
  const textOf = (...names: string[]) => {
    const path = join(stateOf(places), ...names);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  const secrets = join(stateOf(places), 'secrets');
  const generated = existsSync(secrets) ? readdirSync(secrets).filter((name) => !VARIABLES.test(name)) : [];
  const files = [
    'admin.json',
    'closing.json',
    'identity.json',
    'bootstrap-token',
    'host-key.json',
    'home-key.json',
  ];
  const fields = files.flatMap((file) => [...textOf(file).matchAll(STORED)]);
  return [
    ...generated.map((name) => ({ name, value: textOf('secrets', name).trim() })),
    ...fields.map(([, name = '', value = '']) => ({ name, value })),
    { name: 'digest-key', value: textOf('digest-key') },
  ];
}

/** Credentials in files, and the keys of homes and hosts; of a PEM file its first line. */
const STORED = /"(password|clientSecret|token|identity|privateKey)": ?"(?:-+[A-Z ]+-+\\n)?([^"\\]+)/g;

/** The file of the variables that an environment was declared with. */
const VARIABLES = /variables-[0-9a-f]{16}/;

/** Parts of local images, the Temporal server's database, logs and what was said on the way differ from run to run. */
const OWN_LIFE = /^(cache|tools)\/|^temporal\/temporal\.db|\.log$|(^|\/)trouble\//;

/** Every file below a folder with its mode; plans and reports count once, as there are as many as there were tries. */
export function fileNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !OWN_LIFE.test(path.slice(folder.length + 1)))
    .map(
      (path) => `file ${stable(path.slice(folder.length + 1))} ${(statSync(path).mode & 0o777).toString(8)}`,
    );
  const ofTries = files.filter((name) => name.includes(':try'));
  return [...new Set(ofTries), ...files.filter((name) => !ofTries.includes(name))];
}

const stable = (name: string) =>
  name
    .replace(/(?<=plans\/)\d{13}-[0-9a-f]{16}/, ':try')
    .replace(/\d{13}-[0-9a-f]{16}/, ':plan')
    .replace(/-[0-9a-f]{8}-\d{8}T\d{6}Z\.age/, '-:time.age')
    .replace(/reports\/[0-9a-f-]{36}/, 'reports/:try')
    .replace(VARIABLES, 'variables-:digest')
    .replace(/\.(\d+-)?[0-9a-f]{12}\.tmp$/, '.:random.tmp');

/**
 * Whether what the files of an environment say hangs together: what identity.json knows of each identity, whether that
 * is among the live client secrets (where they are known), whether the runtime was given that very one, and whether
 * each key of each node has a value that was given.
 */
export function stateNames(places: Places, given: ReadonlySet<string>, live?: ReadonlySet<string>): string[] {
  return [...identityNames(stateOf(places), live), ...nodeNames(nodesOf(places), given)];
}

function identityNames(folder: string, live: ReadonlySet<string> | undefined): string[] {
  if (!existsSync(join(folder, 'identity.json'))) return [];
  const { identities } = JSON.parse(readFileSync(join(folder, 'identity.json'), 'utf8')) as {
    identities: Record<string, Record<string, string>>;
  };
  const runtimeEnv = parse(readFileSync(join(folder, 'runtime.env')));
  const isSame = identities['runtime']?.['clientSecret'] === runtimeEnv['INFISICAL_CLIENT_SECRET'];
  return [
    ...Object.entries(identities).flatMap(([role, known]) => {
      const state = live?.has(known['clientSecretId'] ?? '') ? 'live' : 'dead';
      return [
        ...Object.keys(known).map((field) => `stored ${field} of the ${role} identity`),
        ...(live === undefined ? [] : [`stored client secret of the ${role} identity is ${state}`]),
      ];
    }),
    `runtime.env with ${isSame ? 'the stored' : 'another'} client secret`,
  ];
}

function nodeNames(folder: string, given: ReadonlySet<string>): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const { node, values } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
      node: string;
      values: Record<string, string>;
    };
    return Object.entries(values).map(
      ([key, value]) => `node ${node} holds ${key} ${given.has(value) ? 'as given' : 'as generated'}`,
    );
  });
}
