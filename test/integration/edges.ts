import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnvValues } from '../../contracts/values';
import type { NodeFile } from '../../environment/node-files';
import { givenIdentity } from '../../infisical/access/credentials';
import { InfisicalHttp } from '../../infisical/http';
import { listSecrets } from '../../infisical/secrets/secrets';
import { login } from '../../infisical/session';
import type { Installation, Running } from '../support/installation';

export const ENVIRONMENT = 'fleet';
/** Machine classes, and the value that each gives a key. */
export const CLASSES = { laptop: '1', server: 'all' };

/** A host that joins. */
export interface Edge {
  name: keyof typeof CLASSES;
  serves: string[];
  installation: Installation;
  worker: Running;
}

/** The identity that an installation's programs read with. */
export const identityOf = (at: Installation) => {
  const given = givenIdentity(parseEnvValues(Buffer.from(at.file('runtime.env'))).values);
  if (given === undefined) throw new Error('runtime.env holds no identity');
  return given;
};
/** Folders whose secrets an installation's identity reads. */
export async function readable(infisical: string, at: Installation, roots: string[]) {
  const identity = identityOf(at);
  const session = await login(new InfisicalHttp(infisical), identity);
  const scope = { projectId: identity.projectId, environment: ENVIRONMENT };
  const seen = await Promise.all(
    roots.map((root) =>
      listSecrets(session, scope, root).then(
        (all) => (all.length > 0 ? [root] : []),
        () => [],
      ),
    ),
  );
  return seen.flat();
}

/** What each node of a host is given, by its file. */
export const nodesOf = ({ installation }: Edge) => {
  const { nodesDir } = JSON.parse(installation.file('declaration.json')) as { nodesDir: string };
  const all = join(nodesDir, 'all');
  return Object.fromEntries(
    (existsSync(all) ? readdirSync(all) : []).map((file) => {
      const { node, values } = JSON.parse(readFileSync(join(all, file), 'utf8')) as NodeFile;
      return [node, values];
    }),
  );
};
