import { Context } from '@temporalio/activity';
import type { RunRef } from '../contracts/run/run-ref';
import { listed, type Changed, type RequirementsSummary } from '../contracts/run/summaries';
import { temporalClock, checkMachine } from '../environment/machine';
import { readGivenValues } from '../environment/declared-contracts';
import type { Environment } from '../environment/environment';
import type { Host } from '../environment/host';
import { currentProgress, currentRun } from '../environment/progress';
import { givenAdmin, givenIdentity } from '../infisical/access/credentials';
import { outlineStack, type StackOutline } from '../stack/compose/order';
import { engineCall } from '../stack/engine/engine-error';
import { ensureEngine, freePorts } from '../stack/engine/ensure-engine';
import { buildAhead } from '../stack/images/ensure-local-images';
import { imageCache } from '../stack/images/image';
import { INSTALLATION_LABEL } from '../stack/engine/labels';

/** What can be refused before the first irreversible act. */
export const preflightActivities = (host: Host) => ({
  async checkMachine(run: RunRef): Promise<Changed> {
    const environment = await host.open(run);
    givenIdentity(environment.variables);
    givenAdmin(environment.variables);
    const context = Context.current();
    return { changes: await checkMachine(environment, run.dryRun, () => temporalClock(context)) };
  },

  /** What the contracts need, after a look at every file that a later step reads. */
  async readRequirements(run: RunRef): Promise<RequirementsSummary> {
    const environment = await host.open(run);
    const { files, nodes, problems, unread } = await environment.declared(run.service);
    await readGivenValues(environment.declaration);
    await environment.reports.add(currentRun(), { problems });
    const keys = new Set(nodes.flatMap(({ requirements }) => requirements.map(({ key }) => key)));
    return { files: files.length, nodes: nodes.length, keys: keys.size, problems: listed(problems), unread };
  },

  async readStack(run: RunRef): Promise<StackOutline> {
    const environment = await host.open(run);
    return outlineStack(await environment.stack({ whole: environment.joined === undefined }));
  },

  async ensureEngine(run: RunRef): Promise<Changed> {
    const environment = await host.open(run);
    const { stateRoot, engineAddress, declaration } = environment;
    const options = { ...engineAddress, stateDir: stateRoot, ...currentProgress() };
    const { version, action } = await ensureEngine({
      ...options,
      ...(declaration.localImages && { meanwhile: () => buildLayers(environment, options.signal) }),
    });
    if (action !== 'found') return { changes: [`${action} the Docker Engine (${version})`] };
    const tag = await environment.tag();
    const isOurs = (labels: Record<string, string>) => labels[INSTALLATION_LABEL] === tag;
    const freed = await engineCall(async () => freePorts(await environment.stack(), isOurs, options));
    if (freed.length === 0) return { changes: [] };
    return {
      changes: [
        `restarted the Docker Engine (${version}), which held port ${freed.join(', ')} for no container`,
      ],
    };
  },
});

async function buildLayers(environment: Environment, signal: AbortSignal): Promise<void> {
  const { services } = await environment.stack();
  const images = Object.values(services).map(({ image }) => image);
  await buildAhead(images, { cacheDir: imageCache(environment.stateRoot), signal });
}
