import { signupBody, srpLogin } from '../../infisical/legacy-2024/administrator';
import { Secret } from '../../contracts/core/secret';
import type { Api } from './api';
import { expectOk, list, Mismatch, read, text } from './expect';
import type { Administrator, Generation } from './world';

export interface Account {
  email: string;
  password: string;
}

/** True when the instance already has its first administrator. */
export async function isInitialized(api: Api): Promise<boolean> {
  return read(expectOk(await api.get('/api/v1/admin/config')).body, 'config.initialized') === true;
}

/** Makes the first administrator. */
export async function bootstrap(
  api: Api,
  generation: Generation,
  { email, password }: Account,
): Promise<void> {
  if (generation === 'current') {
    expectOk(
      await api.post('/api/v1/admin/bootstrap', { body: { email, password, organization: 'Conformance' } }),
    );
    return;
  }
  const account = { email, password: new Secret(password) };
  expectOk(await api.post('/api/v1/admin/signup', { body: await signupBody(account) }));
}

/** Logs in with a password (by SRP in 2024) and selects the first organisation. */
export async function logIn(api: Api, generation: Generation, account: Account): Promise<Administrator> {
  const session = await openSession(api, generation, account);
  const [organization] = list(await api.get('/api/v1/organization', { token: session }), 'organizations');
  if (organization === undefined) throw new Mismatch('the administrator is in no organisation');
  const orgId = String(organization.id);
  const selected = await api.post('/api/v3/auth/select-organization', {
    token: session,
    body: { organizationId: orgId },
  });
  return { token: text(selected, 'token'), orgId, account };
}

/** The token of a login before an organisation is selected. */
export async function openSession(
  api: Api,
  generation: Generation,
  { email, password }: Account,
): Promise<string> {
  if (generation === 'current') {
    return text(await api.post('/api/v3/auth/login', { body: { email, password } }), 'accessToken');
  }
  const post = async (path: string, body: object) => expectOk(await api.post(path, { body })).body;
  return (await srpLogin(post, { email, password: new Secret(password) })).reveal();
}
