import { refused } from '../../../contracts/core/failures';
import type { Secret } from '../../../contracts/core/secret';
import { detectCapabilities } from '../detect-capabilities';
import type { InfisicalHttp } from '../http/infisical-http';
import { readIdentityState } from '../state/identity-state';
import { ensureAdmin } from './ensure-admin';
import { ensureIdentity } from './ensure-identity';
import { ensureProject } from './ensure-project';
import { revokeBootstrapToken } from './revoke-bootstrap-token';
import { verifyStored, type ProvisionedIdentities } from './verify-stored';

export interface ProvisionInput {
  http: InfisicalHttp;
  stateDir: string;
  email: string;
  organization: string;
  given?: { email: string; password: Secret } | undefined;
  project: { name: string; slug: string; environments: string[] };
  /** Identity names are `<prefix>-runtime` and `<prefix>-seeder`. */
  namePrefix: string;
  tag: string;
  /** Called before each step with what it does. */
  onStep?: (step: string) => void;
}

/**
 * From any state of instance and state directory to two working identities. What is stored and works is proven with
 * four requests and no administrator; everything else is found before it is made. `changes` is empty then.
 */
export async function provisionIdentities(
  input: ProvisionInput,
): Promise<ProvisionedIdentities & { changes: string[] }> {
  const { http, stateDir, project, onStep = () => {} } = input;
  onStep('prove the stored identities');
  const stored = await verifyStored(http, stateDir);
  if (!('incomplete' in stored) && hasAll(stored, project)) return { ...stored, changes: [] };

  const need =
    'incomplete' in stored ? stored.incomplete : 'the project or one of its environments is missing';
  onStep(`become administrator: ${need}`);
  const caps = await detectCapabilities(http);
  const organizationId = (await readIdentityState(stateDir))?.organizationId;
  const access = await ensureAdmin({ ...input, caps, organizationId, need });
  onStep(`ensure project ${project.slug}`);
  const ensured = await ensureProject(access.session, project);
  const changes = [...access.changes, ...ensured.changes];
  for (const [role, projectRole] of [
    ['runtime', 'viewer'],
    ['seeder', 'member'],
  ] as const) {
    const name = `${input.namePrefix}-${role}`;
    onStep(`ensure identity ${name}`);
    const made = await ensureIdentity(access.session, {
      stateDir,
      role,
      name,
      organizationId: access.organizationId,
      projectId: ensured.projectId,
      orgRole: 'no-access',
      projectRole,
      tag: input.tag,
    });
    changes.push(...made);
  }
  if (access.via === 'password') changes.push(...(await revokeBootstrapToken(http, stateDir)));
  onStep('prove the identities');
  const proven = await verifyStored(http, stateDir);
  if ('incomplete' in proven)
    throw refused(`The identities were made but do not work: ${proven.incomplete}.`);
  return { ...proven, changes };
}

const hasAll = ({ project }: ProvisionedIdentities, wanted: ProvisionInput['project']) =>
  project.slug === wanted.slug &&
  wanted.environments.every((slug) => project.environments.some((environment) => environment.slug === slug));
