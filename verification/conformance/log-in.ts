import { signupBody, srpLogin } from '../../infisical/legacy-2024/administrator';
import { Secret } from '../../contracts/core/secret';
import type { Api } from './api';
import { expectOk, field, list, Mismatch, text } from './expect';
import type { Administrator, Generation } from './world';

export interface Account {
  email: string;
  password: string;
}

/** True when the instance already has its first administrator. */
export const isInitialized = async (api: Api): Promise<boolean> =>
  (await field(api.get('/api/v1/admin/config'), 'config.initialized')) === true;

/** Makes the first administrator. */
export async function bootstrap(api: Api, generation: Generation, account: Account): Promise<void> {
  if (generation === 'current') {
    const body = { ...account, organization: 'Conformance' };
    await expectOk(api.post('/api/v1/admin/bootstrap', { body }));
    return;
  }
  const { email, password } = account;
  const body = await signupBody({ email, password: new Secret(password) });
  await expectOk(api.post('/api/v1/admin/signup', { body }));
}

/** Logs in with a password (by SRP in 2024) and selects the first organisation. */
export async function logIn(api: Api, generation: Generation, account: Account): Promise<Administrator> {
  const session = await openSession(api, generation, account);
  const [organization] = await list(api.get('/api/v1/organization', { token: session }), 'organizations');
  if (organization === undefined) throw new Mismatch('the administrator is in no organisation');
  const orgId = String(organization['id']);
  const selected = await api.post('/api/v3/auth/select-organization', {
    token: session,
    body: { organizationId: orgId },
  });
  return { token: await text(selected, 'token'), orgId, account };
}

/** The token of a login before an organisation is selected. */
export async function openSession(
  api: Api,
  generation: Generation,
  { email, password }: Account,
): Promise<string> {
  if (generation === 'current') {
    return text(api.post('/api/v3/auth/login', { body: { email, password } }), 'accessToken');
  }
  const post = async (path: string, body: object) => (await expectOk(api.post(path, { body }))).body;
  return (await srpLogin(post, { email, password: new Secret(password) })).reveal();
}
