import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../environment/host';
import { buildOf, isAtWork } from '../environment/process-identity';
import type { RunningWorkers } from '../worker/start-workers';
import type { CommandContext } from './command-context';
import { workersOf } from './own-workers';
import { SessionLost } from './reviving';
import { answersSoon } from './temporal/hung';
import { pollersOf } from './temporal/pollers';
import { ofOthers, openSession, type Session } from './session';
import { refuseTwin, twinsOf } from './twins';

// A run with nothing to do is over by then, and so is one look at whether the other worker is well.
const HELP_AFTER_MS = 3_000;

/**
 * Does the work with a session, and with workers of `environment` in this process; does it again, from what the server
 * keeps, where the embedded server has moved meanwhile or a connection to another one hangs. Where another process of this
 * build serves the environment already, ours help with what takes longer: loading them takes most of a short command's time.
 */
export async function withWorkers<T>(
  { host, terminal }: CommandContext,
  { environment, takeOver = false }: { environment: string; takeOver?: boolean },
  work: (session: Session) => Promise<T>,
): Promise<T> {
  for (;;) {
    const session = await openSession(host, terminal);
    const theirs = await ofOthers(session, host, takeOver ? [] : [environment]);
    for (const refusal of theirs.values()) throw refusal;
    await refuseTwin(await twinsOf(session, host, environment), terminal.progress);
    const over = new AbortController();
    let starting = startWorkers(session, host, environment, over.signal);
    const broken = async (): Promise<never> => {
      try {
        return await untilBroken(session, starting);
      } catch (error) {
        // the command has a connection of its own, which need not hang where theirs does
        if (!(error instanceof SessionLost) || error.changed === 'settings') throw error;
        if (!(await answersSoon(session.client))) throw error;
        terminal.progress(`${error.message}; the workers go on anew`);
        await (await starting)?.stop();
        starting = startWorkers(session, host, environment, over.signal);
        return broken();
      }
    };
    let isLost = false;
    try {
      return await Promise.race([work(session), broken()]);
    } catch (error) {
      isLost = error instanceof SessionLost;
      if (!(error instanceof SessionLost)) throw error;
      terminal.progress(`${error.message}; going on anew`);
    } finally {
      over.abort();
      await (await starting.catch(() => undefined))?.stop();
      // questions that nobody waits for any more are asked again and again: a closed channel would throw at them
      if (!isLost) await session.client.connection.close();
    }
  }
}

/** Undefined where the work was over before they were needed. */
async function startWorkers(
  session: Session,
  host: Host,
  environment: string,
  over: AbortSignal,
): Promise<RunningWorkers | undefined> {
  const helping = await isServed(session, host, environment);
  if (helping) await sleep(HELP_AFTER_MS, undefined, { signal: over }).catch(() => undefined);
  if (over.aborted) return undefined;
  return workersOf(session, host, { first: [environment], others: 'soon' });
}

/** Whether a process that surely runs, with the same code, polls for the environment's steps. */
async function isServed({ client }: Session, host: Host, environment: string): Promise<boolean> {
  const pollers = await pollersOf(client, await host.queueOf(environment));
  const build = buildOf(host.configuration.packageDir);
  return pollers.some(({ identity }) => isAtWork(identity, build));
}

/**
 * Rejects with what makes workers stop that nobody stopped: a server that lets them in no more, for one. Those of an
 * embedded server may have met a stranger on its port, which `revive` notices.
 */
async function untilBroken(
  { server }: Session,
  starting: Promise<RunningWorkers | undefined>,
): Promise<never> {
  const workers = await starting;
  if (server.kind === 'configured') await workers?.stopped;
  return new Promise<never>(() => {});
}
