import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { Secret } from '../../contracts/core/secret';
import { readConfiguration } from '../../environment/configuration';
import { Host } from '../../environment/host';
import { openStore } from '../../infisical/access/access';
import { administratorStore } from '../../infisical/access/identities';
import { listSecrets, removeSecrets, writeSecrets } from '../../infisical/secrets/secrets';
import { runtimeEnvOf, stateOf, type Places } from './product';

/** A key in a folder of Infisical. */
interface Place {
  folder: string;
  key: string;
}

async function environmentAt({ environment, state }: Places) {
  const variables = { HOME: homedir(), ONEX_STATE_DIR: state };
  const host = new Host(readConfiguration(variables, { workingDir: '/', packageDir: '/' }));
  return host.newest(environment);
}

async function seederOf(places: Places) {
  const store = await openStore(await environmentAt(places), 'seeder');
  if (store === undefined) throw new Error('There is no Infisical.');
  return store;
}

/** Writes a secret, new or over an old one, past the product's workflows. */
export async function plantSecret(places: Places, place: Place, value: string): Promise<void> {
  const { session, scope } = await seederOf(places);
  const found = (await listSecrets(session, scope)).some(
    ({ folder, key }) => folder === place.folder && key === place.key,
  );
  const action = found ? 'UPDATE' : 'CREATE';
  await writeSecrets(session, scope, [{ action, ...place, value: new Secret(value) }]);
}

/** Removes a secret as the administrator. */
export async function removeSecret(places: Places, place: Place): Promise<void> {
  const environment = await environmentAt(places);
  const need = { need: 'a drift is planted' };
  const store = await administratorStore(environment, await environment.infisicalAddress(), need);
  if (store === undefined) throw new Error('No administrator is known.');
  await removeSecrets(store.session, store.scope, [place]);
}

/** The Infisical of an environment, and the variables by which another one gets its identities made there. */
export function administrator(places: Places): { address: string; variables: Record<string, string> } {
  const { email, password } = JSON.parse(readFileSync(join(stateOf(places), 'admin.json'), 'utf8')) as Record<
    'email' | 'password',
    string
  >;
  const address = parse(readFileSync(runtimeEnvOf(places)))['INFISICAL_ADDR']!;
  return { address, variables: { INFISICAL_ADMIN_EMAIL: email, INFISICAL_ADMIN_PASSWORD: password } };
}
