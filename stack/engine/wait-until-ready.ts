import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { refused, unavailable } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';
import type { Ready, Service, Stack } from '../compose/stack';
import { probe, readyWhen } from './probe';
import { readStackSecret } from './read-stack-secret';
import type { Progress } from './run-command';
import { scrubStackSecrets } from './scrub-stack-secrets';
import { tailLogs } from './tail-logs';
import { wrongAnswer } from './wrong-answer';

const POLL_MS = 25;

/** How long a service may take where its own `timeout` does not say, in milliseconds. A production Infisical migrates first. */
export const READY_DEADLINE_MS: Record<Ready['protocol'], number> = {
  postgres: 90_000,
  valkey: 60_000,
  http: 240_000,
};

/** Exit codes of a process that somebody killed or stopped under us: another try may find it whole. */
const KILLED = [137, 143];

/** How a container's process ended, if it does while we wait; or why the engine cannot tell any more. */
export type Ending = Promise<{ exitCode: number } | { lost: string }>;

/**
 * Waits for a real answer from a running container. Its end, a wrong answer and the deadline are errors with its last
 * log lines, scrubbed. A service that declares nothing to ask for is ready when it runs.
 */
export async function waitUntilReady(
  engine: Docker,
  stack: Stack,
  service: Service,
  { containerId, ending, ...progress }: { containerId: string; ending?: Ending } & Progress,
): Promise<void> {
  const { ready } = service;
  if (ready === undefined) return;
  const password = await passwordOf(stack, ready);
  const deadline = Date.now() + (ready.timeout ?? READY_DEADLINE_MS[ready.protocol]);
  let ended: Awaited<Ending> | undefined;
  void ending?.then((end) => (ended = end));
  let said: string | undefined;
  for (;;) {
    // Read before the probe: a process that ended after it answered is not ready either.
    const over = ended;
    if (over !== undefined && 'lost' in over)
      throw unavailable(`${service.name} cannot be watched any more: ${over.lost}.`);
    if (over !== undefined) {
      const { exitCode } = over;
      throw (KILLED.includes(exitCode) ? unavailable : refused)(
        `${service.name} ended with code ${exitCode} before it was ready.${await lastWords(engine, stack, containerId)}`,
      );
    }
    const result = await probe(ready, password);
    if (result.state === 'ready' && ended === undefined) return;
    if (result.state === 'wrong') throw wrongAnswer(stack, service, ready, result.reason);
    const reason = result.state === 'waiting' ? result.reason : 'it ended';
    if (reason !== said)
      progress.onProgress?.(`waiting for ${service.name}: ${readyWhen(ready)} (${reason})`);
    said = reason;
    if (Date.now() > deadline) {
      const seconds = (ready.timeout ?? READY_DEADLINE_MS[ready.protocol]) / 1000;
      throw unavailable(
        `${service.name} is not ready after ${seconds} s: no ${readyWhen(ready).replace(/^an? /, '')} (${reason}).${await lastWords(engine, stack, containerId)}`,
      );
    }
    await sleep(POLL_MS, undefined, progress.signal === undefined ? {} : { signal: progress.signal });
  }
}

async function passwordOf(stack: Stack, ready: Ready): Promise<Secret | undefined> {
  const name = 'password' in ready ? ready.password : undefined;
  return name === undefined ? undefined : readStackSecret(stack, name);
}

async function lastWords(engine: Docker, stack: Stack, containerId: string): Promise<string> {
  const lines = await tailLogs(engine, containerId).catch(() => []);
  if (lines.length === 0) return ' It wrote nothing.';
  return ` Its last lines:\n${await scrubStackSecrets(stack, lines.map((line) => `  ${line}`).join('\n'))}`;
}
