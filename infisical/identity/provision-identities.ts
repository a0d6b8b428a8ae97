import { refused } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';
import { detectCapabilities } from '../detect-capabilities';
import type { InfisicalHttp } from '../http';
import { readAdminCredentials } from '../state/admin-credentials';
import { readBootstrapToken } from '../state/bootstrap-token';
import { readIdentityState } from '../state/identity-state';
import type { AdminAccess } from './admin-access';
import { ensureAdmin } from './ensure-admin';
import { ensureIdentity } from './ensure-identity';
import { ensureProject } from './ensure-project';
import { revokeBootstrapToken } from './revoke-bootstrap-token';
import { revokeLostToken } from './revoke-lost-token';
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
  const need = await whatIsMissing(stored, input);
  if (!('incomplete' in stored) && need === undefined) return { ...stored, changes: [] };

  onStep(`become administrator: ${need}`);
  const caps = await detectCapabilities(http);
  const organizationId = (await readIdentityState(stateDir))?.organizationId;
  const access = await ensureAdmin({ ...input, caps, organizationId, need });
  const changes = [...access.changes, ...(await endBootstrapTokens(access, stateDir))];
  onStep(`ensure project ${project.slug}`);
  const ensured = await ensureProject(access.session, project);
  changes.push(...ensured.changes);
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
  onStep('prove the identities');
  const proven = await verifyStored(http, stateDir);
  if ('incomplete' in proven)
    throw refused(`The identities were made but do not work: ${proven.incomplete}.`);
  return { ...proven, changes };
}

/** Why an administrator is needed; undefined where everything is in place. */
async function whatIsMissing(
  stored: Awaited<ReturnType<typeof verifyStored>>,
  { stateDir, project }: ProvisionInput,
): Promise<string | undefined> {
  if ('incomplete' in stored) return stored.incomplete;
  if (!hasAll(stored, project)) return 'the project or one of its environments is missing';
  if (await readBootstrapToken(stateDir)) return 'the bootstrap token has not been revoked yet';
  return undefined;
}

/** First thing of an administrator who has a password: a run that ends later must not leave a live token behind. */
async function endBootstrapTokens({ session, via }: AdminAccess, stateDir: string): Promise<string[]> {
  if (via !== 'password') return [];
  if (await readBootstrapToken(stateDir)) return revokeBootstrapToken(session.http, stateDir);
  return (await readAdminCredentials(stateDir)) === undefined ? [] : revokeLostToken(session);
}

const hasAll = ({ project }: ProvisionedIdentities, wanted: ProvisionInput['project']) =>
  project.slug === wanted.slug &&
  wanted.environments.every((slug) => project.environments.some((environment) => environment.slug === slug));
