import { CancellationScope, CancelledFailure } from '@temporalio/workflow';
import { FailureType, refused } from '../contracts/core/failures';
import type { Choices } from '../contracts/run/run-ref';
import { shortened, type Upgraded, type UpgradeReport } from '../contracts/run/summaries';
import type { StackOutline } from '../stack/compose/order';
import { asWriter, type Carried } from './one-writer';
import { endOf, isOfType } from './phase-failure';
import { ENGINE_ONLY, patiently, restore, standing, wholeStack } from './phases/recovery';
import type { Run } from './run';

const MOST_PROBLEM = 500;
const PHASES = ['plan', 'backup', 'databases', 'services', 'check'];

/**
 * Services of the stack from the images that run to those that its file names: backed up first, checked after, and where
 * anything of it fails, put back to the old images and the databases of the backup. What was begun and is not through is gone
 * on with, whoever began it.
 */
export function upgrade(input: Choices = {}, carried?: Carried): Promise<UpgradeReport> {
  return asWriter(input, carried, PHASES, async (run) => {
    const { environment, dryRun } = run.ref;
    const { services, problem } = await run.phase(
      'plan',
      () =>
        standing(run, ENGINE_ONLY, (limits) =>
          run.step(
            'images',
            'the images that the stack file names',
            (host) => host.planUpgrade(run.ref, run.start.upgrade ?? []),
            limits,
          ),
        ),
      (plan) => inWords(plan.services),
    );
    if (services.length === 0 || dryRun) {
      const outcome = services.length === 0 ? 'complete' : 'changes pending';
      run.finish(outcome, services.length === 0 ? 'nothing to do' : `to do it: ${again(run)}`);
      return { environment, outcome, upgraded: dryRun ? services : [], left: [] };
    }
    const stack = await run.step('quick', 'the stack file to be read', (host) => host.readStack(run.ref));
    if (problem !== undefined) {
      await putBack(run, stack, problem);
      throw failed(run, services, problem);
    }
    try {
      return await forward(run, stack, services);
    } catch (error) {
      const end = endOf(error);
      // the run starts over by the new declaration, and goes on
      if (isOfType(end, FailureType.declarationChanged)) throw error;
      const isCancelled = end instanceof CancelledFailure;
      const why = isCancelled ? 'It was cancelled.' : shortened(sentence(end.message), MOST_PROBLEM);
      const wasChanged = await CancellationScope.nonCancellable(() => putBack(run, stack, why));
      throw isCancelled || !wasChanged ? end : failed(run, services, why);
    }
  });
}

async function forward(run: Run, stack: StackOutline, services: Upgraded[]): Promise<UpgradeReport> {
  const { ref } = run;
  const backup = await run.phase(
    'backup',
    async () => {
      await standing(run, wholeStack(stack.services), (limits) =>
        run.step('infisical', 'logins, and what they read', (host) => host.countForUpgrade(ref), limits),
      );
      return patiently(run, ENGINE_ONLY, (limits) =>
        run.step('copy', 'a backup to put back', (host) => host.backUpForUpgrade(ref), limits),
      );
    },
    (file) => file,
  );
  await run.phase(
    'databases',
    () =>
      patiently(run, ENGINE_ONLY, (limits) =>
        run.step('copy', 'the databases with their images', (host) => host.moveDatabases(ref), limits),
      ),
    () => 'every row as backed up',
  );
  await run.phase(
    'services',
    // each try waits as long as the service says (x-onex ready, timeout): a migration ends within three of them
    () => restore(run, wholeStack(stack.services), patiently),
    () => inWords(services),
  );
  await run.phase(
    'check',
    () => check(run, stack),
    ({ secrets }) => `logged in; ${secrets} secrets as before`,
  );
  const { left } = await run.step('quick', 'the end to be noted', (host) => host.endUpgrade(ref));
  run.note(services.map(({ name, to }) => `upgraded ${name} to ${to}`));
  run.finish('complete', left.length === 0 ? 'nothing to do' : `once nobody needs it: ${removal(left)}`);
  return { environment: ref.environment, outcome: 'complete', upgraded: services, backup, left };
}

const check = (run: Run, stack: StackOutline) =>
  patiently(run, wholeStack(stack.services), (limits) =>
    run.step('infisical', 'logins, and what they read', (host) => host.checkUpgrade(run.ref), limits),
  );

/** The old images and the databases of the backup; says whether anything had been changed. */
async function putBack(run: Run, stack: StackOutline, problem: string): Promise<boolean> {
  run.addPhase('put back');
  const done = run.phase(
    'put back',
    async () => {
      const wasChanged = await standing(run, ENGINE_ONLY, (limits) =>
        run.step(
          'copy',
          'the databases as they were backed up',
          (host) => host.putDatabasesBack(run.ref, problem),
          limits,
        ),
      );
      await restore(run, wholeStack(stack.services), patiently);
      if (wasChanged) await check(run, stack);
      const { left } = await run.step('quick', 'the end to be noted', (host) => host.endUpgrade(run.ref));
      if (left.length > 0) run.note([`left the volumes of the new images: ${left.join(', ')}`]);
      return wasChanged;
    },
    (wasChanged) => (wasChanged ? 'as it was before' : 'nothing had been changed'),
  );
  return done.catch((error: unknown) => {
    const end = endOf(error);
    if (isOfType(end, FailureType.declarationChanged)) throw error;
    throw refused(
      `The upgrade failed (${problem}) and is not put back yet: ${end.message} Nothing else may change ${run.ref.environment} meanwhile. Once that is cured, this goes on with it: ${again(run)}`,
    );
  });
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
const again = (run: Run) => `onex-bootstrap upgrade -e ${run.ref.environment}`;
const removal = (volumes: readonly string[]) => `docker volume rm ${volumes.join(' ')}`;
const inWords = (services: readonly Upgraded[]) =>
  services.map(({ name, from, to }) => `${name} from ${from} to ${to}`).join(', ') || 'nothing to upgrade';

const failed = (run: Run, services: readonly Upgraded[], why: string) =>
  refused(
    `The upgrade failed, and everything was put back as it was before, with the secrets of before (${inWords(services)}): ${why} The old images stay, also at the next up, until the stack file names others. Once that is cured: ${again(run)}`,
  );
