import { Context } from '@temporalio/activity';
import { basename } from 'node:path';
import { badInput } from '../contracts/core/failures';
import type { RunRef } from '../contracts/run/run-ref';
import { MOST_NAMES, shortened, type Upgraded, type UpgradePlan } from '../contracts/run/summaries';
import type { Environment } from '../environment/environment';
import type { Host } from '../environment/host';
import { currentProgress } from '../environment/progress';
import {
  backUp,
  begunUpgrade,
  countBefore,
  endUpgrade,
  moveDatabases,
  putDatabasesBack,
} from '../environment/upgrade/apply-upgrade';
import { isUnderWay, keepUpgrade, readUpgrade, type Upgrade } from '../environment/upgrade/placement';
import { planUpgrade } from '../environment/upgrade/plan-upgrade';
import { openStore } from '../infisical/access/access';
import { attempt } from '../infisical/problem';
import { countSecrets, productVersion, refuseOtherSecrets } from './backup';

const MOST_IMAGE = 200; // characters of a reference

/** Services of the stack from one image to another, or back. */
export const upgradeActivities = (host: Host) => ({
  /** What is to be upgraded, written down before anything is changed; of one that was begun before, that. */
  async planUpgrade(run: RunRef, asked: readonly string[]): Promise<UpgradePlan> {
    const environment = await host.open(run);
    const { stateDir, external, environment: name } = environment;
    if (external !== undefined)
      throw badInput(`${name} uses an Infisical that something else runs: who runs it upgrades it.`);
    const begun = await readUpgrade(stateDir);
    if (isUnderWay(begun)) return summaryOf(begun);
    const upgrade = await planUpgrade(environment, { ...currentProgress(), asked, at: scheduledAt() });
    if (upgrade === undefined) return { services: [] };
    if (!run.dryRun) await keepUpgrade(stateDir, upgrade);
    return summaryOf(upgrade);
  },

  /** Both identities log in; what they read is kept, to be compared with what they read after. */
  async countForUpgrade(run: RunRef): Promise<void> {
    const environment = await host.open(run);
    return countBefore(environment, () => seen(environment));
  },

  /** A backup with which everything can be put back; what writes to the databases is stopped. Its file's name. */
  async backUpForUpgrade(run: RunRef): Promise<string> {
    const environment = await host.open(run);
    const path = await backUp(environment, {
      ...currentProgress(),
      at: scheduledAt(),
      product: await productVersion(host),
    });
    return basename(path);
  },

  /** The databases with their new images. */
  async moveDatabases(run: RunRef): Promise<void> {
    return moveDatabases(await host.open(run), currentProgress());
  },

  /** Both identities log in, and read what they read before. */
  async checkUpgrade(run: RunRef): Promise<{ secrets: number }> {
    const environment = await host.open(run);
    const { before, state } = await begunUpgrade(environment);
    const found = await seen(environment);
    refuseOtherSecrets(`The ${state === 'putting back' ? 'old' : 'new'} Infisical`, found, before);
    return { secrets: found.count };
  },

  /** The databases with their old images and the rows of the backup; says whether anything had been changed. */
  async putDatabasesBack(run: RunRef, problem: string): Promise<boolean> {
    return putDatabasesBack(await host.open(run), { ...currentProgress(), problem, at: scheduledAt() });
  },

  /** What the upgrade ends with is what counts from now on. */
  async endUpgrade(run: RunRef): Promise<{ left: string[] }> {
    const { left } = await endUpgrade(await host.open(run), scheduledAt());
    return { left: left.slice(0, MOST_NAMES) };
  },
});

const scheduledAt = () => new Date(Context.current().info.scheduledTimestampMs);

function summaryOf({ services, state, problem }: Upgrade): UpgradePlan {
  const upgraded = Object.entries(services).flatMap(([name, { from, to }]): Upgraded[] =>
    to === undefined
      ? []
      : [{ name, from: shortened(from.image, MOST_IMAGE), to: shortened(to.image, MOST_IMAGE) }],
  );
  return {
    services: upgraded.slice(0, MOST_NAMES),
    ...(state === 'putting back' && { problem: problem ?? '' }),
  };
}

/** What the identity that writes reads, after the other one has logged in too. */
const seen = (environment: Environment) =>
  attempt('reading what is in Infisical', async () => {
    await openStore(environment, 'runtime');
    return countSecrets(environment, await environment.key());
  });
