import { parse } from 'dotenv';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

interface Disk {
  stateDir: string;
  nodesDir: string;
  /** Values that were given, by key. */
  given: ReadonlySet<string>;
  liveClientSecrets: ReadonlySet<string>;
}

/** Every file of one environment with its mode, and whether what the files say hangs together. */
export function diskNames({ stateDir, nodesDir, given, liveClientSecrets }: Disk): string[] {
  const files = [...filesBelow(stateDir), ...filesBelow(nodesDir)].map(described);
  return [
    ...new Set(files.filter((name) => name.includes(':plan'))),
    ...files.filter((name) => !name.includes(':plan')),
    ...identityNames(stateDir, liveClientSecrets),
    ...nodeNames(join(nodesDir, 'all'), given),
  ];
}

interface Found {
  name: string;
  mode: string;
}

function filesBelow(folder: string): Found[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({
      name: path.slice(folder.length + 1),
      mode: (statSync(path).mode & 0o777).toString(8),
    }));
}

const described = ({ name, mode }: Found) =>
  `file ${name.replace(/\d{13}-[0-9a-f]{16}/, ':plan').replace(/\.[0-9a-f]{12}\.tmp$/, '.:random.tmp')} ${mode}`;

/** What identity.json knows of each identity, whether that is alive, and whether the runtime was given it. */
function identityNames(stateDir: string, live: ReadonlySet<string>): string[] {
  if (!existsSync(join(stateDir, 'identity.json'))) return [];
  const { identities } = JSON.parse(readFileSync(join(stateDir, 'identity.json'), 'utf8')) as {
    identities: Record<string, Record<string, string>>;
  };
  const runtimeEnv = parse(readFileSync(join(stateDir, 'runtime.env')));
  const isSame = identities['runtime']?.['clientSecret'] === runtimeEnv['INFISICAL_CLIENT_SECRET'];
  return [
    ...Object.entries(identities).flatMap(([role, known]) => [
      ...Object.keys(known).map((field) => `stored ${field} of the ${role} identity`),
      `${live.has(known['clientSecretId'] ?? '') ? 'live' : 'dead'} stored client secret of the ${role} identity`,
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
      ([key, value]) => `node ${node} holds ${key} ${given.has(value) ? 'as given' : 'otherwise'}`,
    );
  });
}
