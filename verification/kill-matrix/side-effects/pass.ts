import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type * as activityModule from '@temporalio/activity';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Moment } from '../kill-points';
import {
  besideFile,
  passagesFile,
  reachedFile,
  releaseFile,
  type BesideOrders,
  type Orders,
  type Release,
} from './orders';

const POLL_MS = 5;
const counts = new Map<string, number>();
let counted: number | undefined;

/** One side effect of this process, numbered among those of its name. */
export interface SideEffect {
  name: string;
  activity: string | undefined;
}

export function sideEffect(orders: Orders, effect: string): SideEffect {
  const attempt = ordersNow(orders)?.attempt;
  if (attempt !== counted) counts.clear();
  counted = attempt;
  const name = orders.beside === undefined ? effect : `${orders.beside} ${effect}`;
  const count = (counts.get(name) ?? 0) + 1;
  counts.set(name, count);
  return { name: `${name} #${count}`, activity: currentActivity() };
}

/** Writes down that the effect came to this moment, and stops here until the harness says how to go on, if this is the place. */
export async function pass(orders: Orders, { name, activity }: SideEffect, moment: Moment): Promise<Release> {
  const { folder } = orders;
  const now = ordersNow(orders);
  if (now === undefined) return 'continue';
  appendFileSync(passagesFile(folder), `${JSON.stringify({ effect: name, moment, activity })}\n`);
  if (now.stopAt !== `${moment} ${name}` || existsSync(reachedFile(folder))) return 'continue';
  writeFileSync(reachedFile(folder), '');
  while (!existsSync(releaseFile(folder))) await sleep(POLL_MS);
  return readFileSync(releaseFile(folder), 'utf8') as Release;
}

/** What Node says where the peer is gone: the answer of an effect that was released as lost. */
export const connectionLost = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

/** Undefined between two attempts. */
function ordersNow({ folder, stopAt, beside }: Orders): BesideOrders | undefined {
  if (beside === undefined) return { attempt: 0, ...(stopAt !== undefined && { stopAt }) };
  try {
    return JSON.parse(readFileSync(besideFile(folder), 'utf8')) as BesideOrders;
  } catch {
    return undefined;
  }
}

/** The product's own copy of the SDK knows which activity this call is part of. */
function currentActivity(): string | undefined {
  try {
    const { Context } = createRequire(process.argv[1]!)('@temporalio/activity') as typeof activityModule;
    return Context.current().info.activityType;
  } catch {
    return undefined;
  }
}
