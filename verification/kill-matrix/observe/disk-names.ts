import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'dotenv';

/** Parts of local images, the Temporal server's database and logs differ from run to run. */
const OWN_LIFE = /^(cache|tools)\/|^temporal\/temporal\.db|\.log$/;

export interface Disk {
  /** Whose files count. */
  folders: readonly string[];
  /** State of the environment. */
  stateDir: string;
  /** Files of its nodes. */
  nodesDir: string;
  /** Values that were given. */
  given: ReadonlySet<string>;
  /** Ids of the client secrets that open something, where they are known. */
  liveClientSecrets?: ReadonlySet<string>;
}

/** Every file with its mode, and whether what the files of an environment say hangs together. */
export function diskNames({ folders, stateDir, nodesDir, given, liveClientSecrets }: Disk): string[] {
  const files = folders.flatMap(filesBelow);
  const plans = files.filter((name) => name.includes(':plan'));
  return [
    ...new Set(plans), // as many as there were tries
    ...files.filter((name) => !plans.includes(name)),
    ...identityNames(stateDir, liveClientSecrets),
    ...nodeNames(nodesDir, given),
  ];
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, name: path.slice(folder.length + 1) }))
    .filter(({ name }) => !OWN_LIFE.test(name))
    .map(({ path, name }) => `file ${stable(name)} ${(statSync(path).mode & 0o777).toString(8)}`);
}

const stable = (name: string) =>
  name.replace(/\d{13}-[0-9a-f]{16}/, ':plan').replace(/\.(\d+-)?[0-9a-f]{12}\.tmp$/, '.:random.tmp');

/** What identity.json knows of each identity, whether that is alive, and whether the runtime was given that very one. */
function identityNames(stateDir: string, live: ReadonlySet<string> | undefined): string[] {
  if (!existsSync(join(stateDir, 'identity.json'))) return [];
  const { identities } = JSON.parse(readFileSync(join(stateDir, 'identity.json'), 'utf8')) as {
    identities: Record<string, Record<string, string>>;
  };
  const runtimeEnv = parse(readFileSync(join(stateDir, 'runtime.env')));
  const isSame = identities['runtime']?.['clientSecret'] === runtimeEnv['INFISICAL_CLIENT_SECRET'];
  return [
    ...Object.entries(identities).flatMap(([role, known]) => [
      ...Object.keys(known).map((field) => `stored ${field} of the ${role} identity`),
      ...(live === undefined
        ? []
        : [
            `stored client secret of the ${role} identity is ${live.has(known['clientSecretId'] ?? '') ? 'live' : 'dead'}`,
          ]),
    ]),
    `runtime.env with ${isSame ? 'the stored' : 'another'} client secret`,
  ];
}

/** Whether each key of each node has a value that was given. */
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
