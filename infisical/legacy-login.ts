import * as jsrp from 'jsrp';
import { refused } from '../contracts/core/failures';
import { Secret } from '../contracts/core/secret';

/** Sends one POST with a JSON body and gives the parsed body of its 200 answer; everything else is its own error. */
export type PostJson = (path: string, body: Record<string, string>) => Promise<unknown>;

/** Logs in to a 2024 server by SRP. The token has no organisation yet: select one with it. Wrong password: the server answers 500. */
export async function legacyLogin(post: PostJson, email: string, password: Secret): Promise<Secret> {
  const client = new jsrp.client();
  await new Promise<void>((resolve) =>
    client.init({ username: email, password: password.reveal() }, () => resolve()),
  );
  const first = await post('/api/v3/auth/login1', { email, clientPublicKey: client.getPublicKey() });
  client.setSalt(field(first, 'salt'));
  client.setServerPublicKey(field(first, 'serverPublicKey'));
  const second = await post('/api/v3/auth/login2', { email, clientProof: client.getProof() });
  return new Secret(field(second, 'token'));
}

function field(body: unknown, name: string): string {
  const value =
    typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
  if (typeof value !== 'string')
    throw refused(`SRP login: the server's answer has no "${name}"; is this an Infisical of 2024?`);
  return value;
}
