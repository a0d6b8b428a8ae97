// 1,000 keys in 20 folders into an empty environment: the product's plan and apply, beside one request per key.
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installationTag } from '../dist/environment/keys.js';
import { ensureFolders } from '../dist/infisical/secrets/secrets.js';
import { InfisicalHttp } from '../dist/infisical/http.js';
import { login } from '../dist/infisical/session.js';
import { provisionIdentities } from '../dist/infisical/identity/provision.js';
import { seedActivities } from '../dist/activities/seed.js';
import { z } from 'zod';
import { counted } from './support/count-requests.mjs';
import { declared, inActivity } from './support/declared.mjs';
import { devInfisical } from './support/dev-infisical.mjs';
import { print, round, say } from './support/print.mjs';
import { identitiesOf } from './support/reading-server.mjs';

// --addr: a new, empty Infisical in place of the development server
const flags = {
  addr: { type: 'string' },
  keys: { type: 'string', default: '1000' },
  json: { type: 'boolean' },
};
const { addr, keys } = parseArgs({ options: flags }).values;
const FOLDERS = 20;
const KEYS_PER_FOLDER = Math.ceil(Number(keys) / FOLDERS);
const folders = Array.from({ length: FOLDERS }, (_, index) => `group${index}`);
const keysOf = (folder) =>
  Array.from({ length: KEYS_PER_FOLDER }, (_, index) => `${folder.toUpperCase()}_KEY_${index}`);

const rows = [];
for (const generation of addr === undefined ? ['current', '2024'] : ['given'])
  rows.push(...(await measure(generation)));
print({
  title: `${FOLDERS * KEYS_PER_FOLDER} keys in ${FOLDERS} folders`,
  columns: ['server', 'way', 'requests', 'seconds', 'again: requests', 'again: writes', 'again: seconds'],
  rows,
  notes: ['Logins and route probes are counted. All ways run one after another against one server.'],
});

async function measure(generation) {
  say(`server: ${addr ?? `development server, ${generation}`}`);
  const server =
    addr === undefined ? await devInfisical().startDevInfisical({ generation }) : { url: addr, stop() {} };
  const root = mkdtempSync(join(tmpdir(), 'onex-bench-'));
  try {
    const ours = await declaredFor(server.url, root);
    const { stateDir } = ours.environment;
    const { project, seeder } = await provisionIdentities({
      http: new InfisicalHttp(server.url),
      stateDir,
      email: 'admin@onex.local',
      organization: 'onex',
      project: { slug: 'bench-project', environments: ['dev'] },
      ofStack: false,
      identities: identitiesOf('dev'),
      tag: await installationTag(stateDir),
    });
    const store = (root) => ({
      http: new InfisicalHttp(server.url),
      seeder,
      project,
      environment: 'dev',
      root,
    });
    const ways = [
      ['onex-bootstrap', () => seedByPlan(ours)],
      ['2 requests a key', () => seedKeyByKey(store('two'), { look: true })],
      ['1 request a key', () => seedKeyByKey(store('one'), { look: false })],
    ];
    const measured = [];
    for (const [way, seed] of ways) {
      say(`${generation}: ${way}`);
      const first = await seeded(seed);
      const again = way === '1 request a key' ? undefined : await seeded(seed);
      measured.push({
        server: generation,
        way,
        requests: first.requests,
        seconds: first.seconds,
        'again: requests': again?.requests,
        'again: writes': again?.written,
        'again: seconds': again?.seconds,
      });
    }
    return measured;
  } finally {
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

async function seeded(seed) {
  const { requests, milliseconds, result } = await counted(seed);
  return { requests, written: result, seconds: round(milliseconds / 1000) };
}

/** An operator's files: a registry that names every key, and an env file with the values. */
function declaredFor(infisical, root) {
  const registry = folders.map(
    (folder) =>
      `  /shared/${folder}/:\n${keysOf(folder)
        .map((key) => `    - ${key}\n`)
        .join('')}`,
  );
  mkdirSync(join(root, 'contracts'));
  writeFileSync(
    join(root, 'contracts', 'shared_key_registry.yaml'),
    `version: "1"\nshared:\n${registry.join('')}`,
  );
  writeFileSync(join(root, 'contracts', 'contract.yaml'), 'name: bench\n');
  const values = folders.flatMap(keysOf).map((key) => `${key}=${randomBytes(16).toString('hex')}\n`);
  writeFileSync(join(root, 'values.env'), values.join(''), { mode: 0o600 });
  const options = {
    infisical,
    contracts: [join(root, 'contracts')],
    registry: join(root, 'contracts', 'shared_key_registry.yaml'),
    values: [{ path: join(root, 'values.env') }],
    nodesDir: root,
  };
  return declared('dev', options, { ONEX_STATE_DIR: root }, root);
}

async function seedByPlan({ host, run }) {
  const { planSeed, applySeed } = seedActivities(host);
  return inActivity(async () => {
    const { planId, writes } = await planSeed(run);
    return writes.count === 0 ? 0 : (await applySeed(run, planId)).written;
  });
}

/** As the replaced script: is the key there, else create it. Without `look` it creates at once. */
async function seedKeyByKey({ http, seeder, project, environment, root }, { look }) {
  const session = await login(http, seeder);
  const scope = { projectId: project.id, environment };
  await ensureFolders(
    session,
    scope,
    folders.map((folder) => `/${root}/${folder}`),
  );
  let written = 0;
  for (const folder of folders) {
    for (const key of keysOf(folder)) {
      const target = { workspaceId: project.id, environment, secretPath: `/${root}/${folder}` };
      const route = '/api/v3/secrets/raw/:key';
      const params = { key };
      if (look && (await exists(session, { method: 'GET', route, params, query: target }))) continue;
      const body = { ...target, secretValue: randomBytes(16).toString('hex') };
      await session.send({ method: 'POST', route, params, body }, z.unknown());
      written++;
    }
  }
  return written;
}

async function exists(session, call) {
  try {
    await session.send(call, z.unknown());
    return true;
  } catch (error) {
    if (error.kind === 'notFound') return false;
    throw error;
  }
}
