import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { places } from '../machine/places';

/** Parts of local images, the Temporal server's database and logs differ from run to run. */
const OWN_LIFE = /^(cache|tools)\/|^temporal\/temporal\.db|\.log$/;

/** Every file of the state with its mode, and whether what the files say hangs together. */
export function diskNames(envFiles: readonly string[]): string[] {
  return [
    ...filesBelow(places.state)
      .filter((name) => !OWN_LIFE.test(name))
      .map(described(places.state)),
    ...filesBelow(places.nodes).map(described(places.nodes)),
    ...identityNames(),
    ...nodeNames(envFiles),
  ]
    .filter((name, index, all) => !name.includes(':plan') || all.indexOf(name) === index)
    .sort();
}

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));

const described = (folder: string) => (name: string) => {
  const mode = (statSync(join(folder, name)).mode & 0o777).toString(8);
  const stable = name
    .replace(/\d{13}-[0-9a-f]{16}/, ':plan')
    .replace(/\.(\d+-)?[0-9a-f]{12}\.tmp$/, '.:random.tmp');
  return `file ${stable} ${mode}`;
};

/** What identity.json knows of each identity, and whether the runtime was given that very one. */
function identityNames(): string[] {
  const { identities } = JSON.parse(readFileSync(`${places.ofEnvironment}/identity.json`, 'utf8')) as {
    identities: Record<string, Record<string, string>>;
  };
  const runtimeEnv = parse(readFileSync(`${places.ofEnvironment}/runtime.env`));
  const same = identities['runtime']?.['clientSecret'] === runtimeEnv['INFISICAL_CLIENT_SECRET'];
  return [
    ...Object.entries(identities).flatMap(([role, known]) =>
      Object.keys(known).map((field) => `stored ${field} of the ${role} identity`),
    ),
    `runtime.env with ${same ? 'the stored' : 'another'} client secret`,
  ];
}

/** Whether each key of each node has the value that was given for it. */
function nodeNames(envFiles: readonly string[]): string[] {
  const given = new Set(
    envFiles.flatMap((file) => Object.values(parse(readFileSync(file.replace(/^\w+=/, ''))))),
  );
  const folder = join(places.nodes, places.environment, 'all');
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
