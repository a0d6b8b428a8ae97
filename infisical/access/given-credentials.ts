import type { Secret } from '../../contracts/core/secret';
import { badInput } from '../../contracts/core/failures';

const TRIO = ['INFISICAL_CLIENT_ID', 'INFISICAL_CLIENT_SECRET', 'INFISICAL_PROJECT_ID'] as const;

export interface GivenIdentity {
  clientId: string;
  clientSecret: Secret;
  projectId: string;
}

/**
 * The identity in a set of variables: all three, or none; two of three is BadInput that names the third, and the file
 * that they were read from.
 */
export function givenIdentity(
  variables: ReadonlyMap<string, Secret>,
  file?: string,
): GivenIdentity | undefined {
  const [clientId, clientSecret, projectId] = TRIO.map((name) => variables.get(name));
  const absent = TRIO.filter((name) => variables.get(name) === undefined);
  if (absent.length === TRIO.length) return undefined;
  if (clientId === undefined || clientSecret === undefined || projectId === undefined) {
    const where = file === undefined ? '' : ` in ${file}`;
    throw badInput(
      `${absent.join(' and ')} ${absent.length === 1 ? 'is' : 'are'} missing${where}: give all of ${TRIO.join(', ')}, or none of them.`,
    );
  }
  return { clientId: clientId.reveal(), clientSecret, projectId: projectId.reveal() };
}

/** The administrator in a set of variables. */
export function givenAdmin(
  variables: ReadonlyMap<string, Secret>,
): { email: string; password: Secret } | undefined {
  const [email, password] = ['INFISICAL_ADMIN_EMAIL', 'INFISICAL_ADMIN_PASSWORD'].map((name) =>
    variables.get(name),
  );
  if (email === undefined && password === undefined) return undefined;
  if (email === undefined || password === undefined) {
    throw badInput('Give both INFISICAL_ADMIN_EMAIL and INFISICAL_ADMIN_PASSWORD, or neither.');
  }
  return { email: email.reveal(), password };
}
