import type { Configuration } from '../../contracts/settings/configuration';
import type { IdentityFacts } from '../../contracts/report/outlines';
import type { Settings } from '../../contracts/settings/settings';
import type { Changed } from '../../activities/host-activities';
import { secretsGeneration } from '../detect-capabilities';
import { InfisicalHttp } from '../http';
import { provisionIdentities } from '../identity/provision-identities';
import { givenAdmin } from './given-credentials';
import { installationTag } from '../../environment/keys';

/** From any state to a project with a reading and a writing identity; what is stored is proven and left alone. */
export async function ensureIdentities(
  settings: Settings,
  address: string,
  config: Configuration,
  report: { signal: AbortSignal; onStep: (step: string) => void },
): Promise<Changed & { facts: IdentityFacts }> {
  const http = new InfisicalHttp(address, { signal: report.signal });
  const { changes, project } = await provisionIdentities({
    http,
    stateDir: settings.stateDir,
    email: config.adminEmail,
    organization: config.organization,
    given: givenAdmin(config.variables),
    project: { name: settings.projectSlug, slug: settings.projectSlug, environments: [settings.environment] },
    namePrefix: 'onex',
    tag: await installationTag(settings.stateDir),
    onStep: report.onStep,
  });
  return { changes, facts: { address, generation: await secretsGeneration(http), projectId: project.id } };
}
