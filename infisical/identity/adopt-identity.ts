import type { Secret } from '../../contracts/core/secret';
import type { InfisicalHttp } from '../http';
import { login } from '../session';
import { readProject } from './read-project';

/** What an existing installation says about itself to the identity that we were given. */
export interface AdoptedProject {
  projectId: string;
  slug: string;
  environments: string[];
}

/** Takes an existing machine identity: proves that it logs in and reads the project. Nothing is created. */
export async function adoptIdentity({
  http,
  clientId,
  clientSecret,
  projectId,
}: {
  http: InfisicalHttp;
  clientId: string;
  clientSecret: Secret;
  projectId: string;
}): Promise<AdoptedProject> {
  const session = await login(http, { clientId, clientSecret });
  const { id, slug, environments } = await readProject(session, projectId);
  return { projectId: id, slug, environments: environments.map((environment) => environment.slug) };
}
