// An Infisical with keys to read: the development server, or a given one with an identity that may write.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../dist/contracts/core/secret.js';
import { wantedIdentities } from '../../dist/infisical/access/identities.js';
import { InfisicalHttp } from '../../dist/infisical/http.js';
import { provisionIdentities } from '../../dist/infisical/identity/provision.js';
import { login } from '../../dist/infisical/session.js';
import { ensureFolders, writeSecrets } from '../../dist/infisical/secrets/secrets.js';
import { HandlerInfisical } from '../../dist/reads/handler-infisical.js';
import { devInfisical } from './dev-infisical.mjs';

const VALUE_BYTES = 100;
const SIZES = [50, 100, 1_000];

/** The folder that holds so many keys: 50, 100 or 1,000. */
export const folderOf = (count) => `/onex-bench/keys${count}`;

/** The names of its keys. */
export const keysOf = (count) => Array.from({ length: count }, (_, index) => `KEY_${index}`);

/** The development server of a generation, with keys. */
export async function startReadingServer(generation) {
  const server = await devInfisical().startDevInfisical({ generation });
  const root = mkdtempSync(join(tmpdir(), 'onex-bench-'));
  const stop = async () => {
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  };
  try {
    const { project, seeder } = await provisionIdentities({
      http: new InfisicalHttp(server.url),
      stateDir: root,
      email: 'admin@onex.local',
      organization: 'onex',
      project: { slug: 'bench-project', environments: ['dev'] },
      ofStack: false,
      identities: identitiesOf('dev'),
      tag: 'bench',
    });
    return { settings: await withKeys(server.url, seeder, project.id, 'dev'), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A reader and a seeder of the environment, as it wants them. */
export const identitiesOf = (environment) =>
  wantedIdentities({
    environment,
    limits: { tokenSeconds: 86_400, secretSeconds: 0, trustedIps: [] },
    serviceEnvFiles: {},
  });

/** Any Infisical; keys that are missing are made below /onex-bench, and stay. */
export async function givenServer({ addr, environment, ...identity }) {
  const clientSecret = new Secret(readFileSync(identity['client-secret-file'], 'utf8').trim());
  const credentials = { clientId: identity['client-id'], clientSecret };
  const settings = await withKeys(addr, credentials, identity['project-id'], environment);
  return { settings, stop: () => {} };
}

/** The settings of a handler that reads the keys; it names the folder. */
async function withKeys(host, { clientId, clientSecret }, projectId, environment) {
  const settings = {
    host,
    client_id: clientId,
    client_secret: clientSecret,
    project_id: projectId,
    environment_slug: environment,
  };
  const scope = { projectId, environment };
  const session = await login(new InfisicalHttp(host), { clientId, clientSecret });
  await ensureFolders(session, scope, SIZES.map(folderOf));
  const handler = HandlerInfisical.create(settings);
  for (const count of SIZES) {
    const folder = folderOf(count);
    const { secret_keys: present } = await handler.listSecrets({ secret_path: folder });
    const missing = keysOf(count).filter((key) => !present.includes(key));
    const value = () => new Secret(randomBytes(VALUE_BYTES / 2).toString('hex'));
    const writes = missing.map((key) => ({ folder, key, value: value(), action: 'CREATE' }));
    await writeSecrets(session, scope, writes);
  }
  return settings;
}
