import { TimeoutFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ActivityFailure,
  CancellationScope,
  continueAsNew,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  sleep,
  startChild,
} from '@temporalio/workflow';
import type { EnvironmentActivities } from '../activities';
import { FailureType, refused } from '../contracts/core/failures';
import { inParallel } from '../contracts/core/in-parallel';
import { hostWorkflowId } from '../contracts/core/names';
import type { HostOutcome, HostsPage, SignedOrder } from '../contracts/run/hosts';
import type { RunRef } from '../contracts/run/run-ref';
import {
  joined,
  listed,
  MOST_CHARACTERS,
  NO_HOSTS,
  shortened,
  withHosts,
  type HostsSummary,
  type Listed,
} from '../contracts/run/summaries';
import { WORKFLOW_TASK_TIMEOUT } from './one-writer';
import { endOf, isOfType, phaseFailure } from './phase-failure';
import { policies } from './policies';
import type { HostShare, serveHost } from './serve-host';

/** Which hosts of which run; `after` and `before` are of the pages that are done. */
export interface Pages {
  ref: RunRef;
  /** The queue of the environment at its home. */
  queue: string;
  only?: string[];
  /** How long a host that does not answer is waited for. */
  waitSeconds?: number;
  after?: string;
  before?: HostsSummary;
}

type Activities = ReturnType<typeof proxyActivities<EnvironmentActivities>>;
type Served = HostsPage['hosts'][number] & { home: Activities; pages: Pages };

// each host reads its folders at the same server at the same time
const AT_ONCE = 20;
const WAIT_SECONDS = 5;
// what the server hands to a host that was cut off comes back after a silence (policies.ts), and is handed out once more
const HANDED_SECONDS = 10;
// a host that went away amid its share is noticed after two silences
const LOOK_EVERY = '10s';
const BUSY_EVERY = '5s';
const BUSY_LOOKS = 24;

/** What became of one host. */
interface Share {
  outcome: HostOutcome;
  changes: Listed;
  /** Why it was not served as a whole. */
  why?: string;
}

/**
 * Has the hosts of an environment do their shares, a hundred a run so that no history grows with the fleet, and some of them
 * at once. One that is away or fails holds up no other: it is named.
 */
export async function hostPages(pages: Pages): Promise<HostsSummary> {
  // an input that somebody made up fails like a step: thrown as it is, the server would have it tried again for ever
  const { sum, next } = await onePage(pages).catch((error: unknown) => {
    throw endOf(error);
  });
  return next === undefined ? sum : continueAsNew<typeof hostPages>({ ...pages, after: next, before: sum });
}

async function onePage(pages: Pages): Promise<{ sum: HostsSummary; next: string | undefined }> {
  const { ref, queue, only, after = '', before = NO_HOSTS } = pages;
  // no step can be sent there, which is not found out before the whole turn is handed in
  if (typeof queue !== 'string') throw refused('hostPages is a part of serveHosts: start that one.');
  const home = proxyActivities<EnvironmentActivities>({ ...policies.infisical, taskQueue: queue });
  const page = await home.hostsToServe(ref, after, ...(only === undefined ? [] : [only]));
  const ended = await inParallel(page.hosts, AT_ONCE, async (host) => ({
    host,
    share: await serve({ ...host, home, pages }),
  }));
  await home.noteHosts(
    ref,
    ended.map(({ host, share }) => [host.name, share.outcome]),
  );
  const sum = ended.reduce((sum, { host, share }) => withHosts(sum, summaryOf(host, share)), before);
  return { sum, next: page.next };
}

function summaryOf(
  { name, isLeaving }: HostsPage['hosts'][number],
  { outcome, changes, why }: Share,
): HostsSummary {
  const trouble = listed(why === undefined ? [] : [`${name}: ${why}`]);
  return {
    hosts: 1,
    served: outcome === 'served' || outcome === 'left' ? 1 : 0,
    changes: { ...changes, first: changes.first.map((change) => `${name}: ${change}`) },
    trouble,
    unserved: !isLeaving && (outcome === 'down' || outcome === 'failed') ? trouble : listed([]),
  };
}

/** Never fails, unless the whole run is cancelled. */
async function serve(host: Served): Promise<Share> {
  try {
    return await served(host);
  } catch (error) {
    if (isCancellation(error)) throw error;
    return {
      outcome: 'failed',
      changes: listed([]),
      why: reasonOf(host, phaseFailure(error).message),
    };
  }
}

async function served(host: Served): Promise<Share> {
  const { name, isLeaving, home, pages } = host;
  // the server shall know it no more, wherever it is
  const goodbye = isLeaving ? await home.hostOrder(pages.ref, name, {}) : undefined;
  if (goodbye !== undefined && host.isForgotten) return { outcome: 'left', changes: listed(goodbye.changes) };
  const there = await presence(host, pages.waitSeconds ?? WAIT_SECONDS);
  if (there === undefined) {
    const why = isLeaving ? 'its files stay until its worker runs again' : 'no worker of it answers';
    return { outcome: 'down', changes: listed(goodbye?.changes ?? []), why };
  }
  const told = goodbye ?? (await home.hostOrder(pages.ref, name, there));
  const made = listed(told.changes);
  const share = await childOf(host, told.order);
  if (!('refused' in share)) return withChanges(made, share);
  // what it holds does not work at the server, or may too little: once more with what the administrator mends
  const mended = await home.hostOrder(pages.ref, name, { ...there, isDead: true });
  const again = await childOf(host, mended.order);
  return withChanges(joined(made, listed(mended.changes)), 'refused' in again ? again.refused : again);
}

const withChanges = (before: Listed, share: Share): Share => ({
  ...share,
  changes: joined(before, share.changes),
});

/** What the host holds; undefined where nobody answers for it within the time. */
async function presence(
  { queue, pages }: Served,
  waitSeconds: number,
): Promise<{ holds?: string } | undefined> {
  const host = proxyActivities<EnvironmentActivities>({
    ...policies.presence,
    scheduleToStartTimeout: waitSeconds * 1000,
    scheduleToCloseTimeout: (waitSeconds + HANDED_SECONDS) * 1000,
    taskQueue: queue,
  });
  try {
    return await host.presence(pages.ref.environment);
  } catch (error) {
    if (error instanceof ActivityFailure && error.cause instanceof TimeoutFailure) return undefined;
    throw error;
  }
}

/** In a line of a list; where it is longer, with how to see the whole of it. */
function reasonOf({ name, pages }: Served, message: string): string {
  const most = MOST_CHARACTERS - `${name}: `.length;
  const line = message.replace(/\s*\n\s*/g, ' ');
  if (line.length <= most) return line;
  const where = ` On ${name}: onex-bootstrap status -e ${pages.ref.environment}`;
  return `${shortened(line, Math.max(most - where.length, 1))}${where}`;
}

/** The host's share, as a workflow of its own on its queue; it goes on there where this host is lost meanwhile. */
async function childOf(host: Served, order: SignedOrder | undefined): Promise<Share | { refused: Share }> {
  const { name, queue, pages } = host;
  const { environment } = pages.ref;
  const start = (looks: number): ReturnType<typeof startChild<typeof serveHost>> =>
    startChild<typeof serveHost>('serveHost', {
      workflowId: hostWorkflowId(environment, name),
      taskQueue: queue,
      args: [{ environment, ...(order && { order }) }],
      staticSummary: `the share of ${name} in ${environment}`,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    }).catch(async (error: unknown) => {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError) || looks === BUSY_LOOKS) throw error;
      await sleep(BUSY_EVERY); // it serves itself, as it does when its worker starts
      return start(looks + 1);
    });
  const child = await start(0);
  const looking = new CancellationScope();
  const silence = looking.run(() => untilSilent(host));
  silence.catch(() => undefined);
  try {
    const ended = await Promise.race([child.result(), silence]);
    if (ended === 'silent')
      return {
        outcome: 'down',
        changes: listed([]),
        why: 'its worker went away; it goes on when that is back',
      };
    return { outcome: ended.hasLeft ? 'left' : 'served', changes: ended.changes };
  } catch (error) {
    if (isCancellation(error)) throw error;
    const failure = phaseFailure(error);
    const isPartial = isOfType(failure, FailureType.partial);
    const why = reasonOf(host, failure.message);
    const done = isPartial ? (failure.details?.[0] as HostShare | undefined) : undefined;
    const changes = done?.changes ?? listed([]);
    const share: Share = { outcome: isPartial ? 'partial' : 'failed', changes, why };
    return isOfType(failure, FailureType.forbidden) ? { refused: share } : share;
  } finally {
    looking.cancel();
  }
}

async function untilSilent(host: Served): Promise<'silent'> {
  for (let missed = 0; missed < 2;) {
    await sleep(LOOK_EVERY);
    missed = (await presence(host, WAIT_SECONDS)) === undefined ? missed + 1 : 0;
  }
  return 'silent';
}
