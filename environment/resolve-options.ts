import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { badInput } from '../contracts/core/failures';
import { addressProblem, plainAddress } from '../contracts/core/server-address';
import { present } from '../contracts/core/record';
import type { Configuration } from './configuration';
import type { Declaration, DeclaredOptions } from './declaration';
import { beside, overlayBeside } from './declared-contracts';
import { isFile } from './files/input-file';
import { ownFolder } from './files/own-folder';
import { STATE_VERSION } from './files/state-file';
import { installationId } from './keys';

const LONGEST_PROJECT = 36; // Infisical's limit of slugs
const TMPFS_MAGIC = 0x01021994; // statfs(2)

/** The fields that follow from what is given; what is not given has a default. */
export async function resolveOptions(
  environment: string,
  given: DeclaredOptions,
  { packageDir, stateRoot, workingDir }: Configuration,
): Promise<Omit<Declaration, 'variables'>> {
  const problem =
    given.infisical === undefined
      ? undefined
      : addressProblem(given.infisical, { insecureHttp: given.insecureHttp, insist: '--insecure-http' });
  if (problem !== undefined) throw badInput(`--infisical: ${problem}.`);
  const example = join(packageDir, 'examples', 'onex');
  const contracts = given.contracts ?? [join(example, 'contracts')];
  const { machineClass, serviceEnvFiles, tokenAge, secretAge, rotateWithin, trustedIps, allowKeys } = given;
  const registry = given.registry ?? beside(contracts, 'shared_key_registry.yaml');
  const overlay =
    given.overlay ?? (machineClass === undefined ? undefined : overlayOf(contracts, machineClass));
  const own = join(workingDir, '.env');
  // The example's values belong to the example's contracts only; other contracts start from the operator's .env.
  const ofExample =
    given.contracts === undefined
      ? [{ path: join(example, 'values.env') }, { path: join(example, 'billing.env'), service: 'billing' }]
      : [];
  return {
    version: STATE_VERSION,
    environment,
    given,
    infrastructure: infrastructureOf(given, packageDir, workingDir),
    contracts,
    ...present({
      ...{
        registry,
        overlay,
        machineClass,
        serviceEnvFiles,
        tokenAge,
        secretAge,
        rotateWithin,
        trustedIps,
        allowKeys,
      },
      infisicalCa: given.infisicalCa,
      engine: given.engine === 'local' ? undefined : given.engine,
      localImages: given.localImages || undefined,
      insecureHttp: given.insecureHttp || undefined,
      expand: given.expand || undefined,
      refuseReferences: given.refuseReferences || undefined,
      serves: given.serves,
      acceptHosts: given.acceptHosts || undefined,
    }),
    service: given.service ?? 'onex',
    values: given.values ?? [...ofExample, ...(isFile(own) ? [{ path: own }] : [])],
    folders: given.folders ?? {},
    project: projectOf(environment, given),
    runtimeEnvFile: given.runtimeEnvFile ?? join(stateRoot, environment, 'runtime.env'),
    nodesDir: join(given.nodesDir ?? (await defaultNodesDir(stateRoot)), environment),
    adminEmail: given.adminEmail ?? 'admin@onex.local',
    organization: given.organization ?? 'onex',
    required: given.required ?? false,
  };
}

/** Environments share a project, unless each is to have one of its own. */
function projectOf(environment: string, { project = 'onex-platform', isolate = false }: DeclaredOptions) {
  if (!isolate) return project;
  const own = `${project}-${environment}`;
  if (own.length <= LONGEST_PROJECT) return own;
  throw badInput(
    `--isolate: the project ${own} has more than ${LONGEST_PROJECT} characters. Give a shorter one with --project.`,
  );
}

function infrastructureOf(
  given: DeclaredOptions,
  packageDir: string,
  workingDir: string,
): Declaration['infrastructure'] {
  const { infisical, home, hostName: name = '', stackFile } = given;
  if (infisical === undefined) return stackOf(given, packageDir, workingDir);
  const address = plainAddress(infisical);
  if (home === undefined) return { kind: 'external', address };
  const stack = stackFile === undefined ? {} : stackOf(given, packageDir, workingDir);
  return { ...stack, kind: 'joined', home, name, address };
}

/** As for Compose, the .env beside the file and that of the working directory, unless others are named. */
function stackOf(
  { stackFile, envFiles }: DeclaredOptions,
  packageDir: string,
  workingDir: string,
): Extract<Declaration['infrastructure'], { kind: 'stack' }> {
  const file = stackFile ?? join(packageDir, 'docker-compose.yml');
  const found = [dirname(file), workingDir].map((folder) => join(folder, '.env')).filter(isFile);
  const read = envFiles ?? [...new Set(found)];
  return { kind: 'stack', file, ...(read.length > 0 && { envFiles: read }) };
}

function overlayOf(roots: string[], machineClass: string): string {
  const found = overlayBeside(roots, machineClass);
  if (found !== undefined) return found;
  throw badInput(
    `No overlay for machine class ${machineClass}: looked for overlays/${machineClass}.yaml in and beside ${roots.join(', ')}. Name it with --overlay FILE.`,
  );
}

/** On a tmpfs where there is one, so that values never reach a disk; another installation has another place. */
async function defaultNodesDir(stateRoot: string): Promise<string> {
  const nodes = `nodes-${await installationId(stateRoot)}`;
  for (const base of ['/run', '/dev/shm']) {
    const dir = join(base, `onex-bootstrap-${process.getuid?.() ?? 0}`);
    const isTmpfs = await statfs(base).then(
      ({ type }) => type === TMPFS_MAGIC,
      () => false,
    );
    if (isTmpfs && (await isOurs(dir))) return join(dir, nodes);
  }
  return join(stateRoot, 'nodes');
}

const isOurs = (dir: string) =>
  ownFolder(dir).then(
    () => true,
    () => false,
  );
