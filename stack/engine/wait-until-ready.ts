import type { ApplicationFailure } from '@temporalio/common';
import type Docker from 'dockerode';
import type { HealthConfig } from 'dockerode';
import { saying } from '../../contracts/core/foreign-words';
import { refused, unavailable } from '../../contracts/core/failures';
import { waitFor } from '../../contracts/core/wait-for';
import { knowSecrets } from '../../contracts/core/secret-scope';
import { secretValues } from '../compose/secret-values';
import { addressOf, loginSecret, readyDeadline, readyWhen } from '../compose/ready';
import type { Ready, Service, Stack } from '../compose/stack';
import { tailLogs, type Ending } from './containers';
import { containerName } from './labels';
import { probeService, type ProbeResult } from './probe';
import type { Progress } from './run-command';
import { engineSaid, KILLED } from './engine-error';

/** What ends within this time of its start is not up: a wrong argument, a missing file. */
const SETTLE_MS = 2_000;
/** A check that gives up sooner than a database makes its files is asked again until then. */
const PATIENCE_MS = 20_000;
/** How often it is said that it is still waited for. */
const TELL_MS = 10_000;
/** Below the time that a step may take. */
const MOST_MS = 360_000;

interface Waiting extends Progress {
  containerId: string;
  ending: Promise<Ending>;
  /** Whether its process was just started: one that ran before has shown that it can. */
  fresh: boolean;
}

/**
 * Waits until a service is what it should be: it answers where it declares how, else its health check passes where it
 * has one, else it stays up; what others wait for has ended with 0. Its end, a wrong answer and the deadline are errors
 * that carry its last lines.
 */
export async function waitUntilReady(
  engine: Docker,
  stack: Stack,
  service: Service,
  waiting: Waiting,
): Promise<void> {
  const { containerId, ending, signal, onProgress } = waiting;
  const { name, ready, ends } = service;
  let ended: Ending | undefined;
  void ending.then((end) => (ended = end));
  const ask = ready === undefined ? await watch(engine, service, waiting) : asks(stack, service, ready);
  let said: string | undefined;
  let tellAt = Date.now() + TELL_MS;
  const since = Date.now();
  let words: string | undefined;
  const answer = await waitFor(
    async () => {
      // Read before the answer: a process that ended after it answered is not ready either.
      const over = ended;
      if (over !== undefined && 'lost' in over)
        throw engineSaid(
          unavailable(`${name} can no longer be watched.`, { lost: { kind: 'engine' } }),
          over.lost,
        );
      if (over?.exitCode === 0 && ends !== undefined) return over;
      if (over !== undefined) throw await endedAs(engine, service, containerId, over.exitCode);
      const result = await ask.once();
      if (result.state === 'ready' && ended === undefined) return result;
      if (result.state === 'wrong') throw await ask.wrong(result.reason);
      const reason = result.state === 'waiting' ? result.reason : 'it ended';
      if (reason !== said) onProgress?.(`${name}: ${reason}`);
      if (Date.now() > tellAt) {
        tellAt += TELL_MS;
        const waited = Math.round((Date.now() - since) / 1000);
        onProgress?.(`${name}: ${reason}, for ${waited} of ${ask.deadlineMs / 1000} s`);
      }
      said = reason;
      words = result.state === 'waiting' ? result.words : undefined;
      return undefined;
    },
    { everyMs: ask.everyMs, forMs: ask.deadlineMs, signal },
  );
  if (answer !== undefined) return;
  throw saying(
    await withLastLines(engine, service, containerId, (hint) =>
      unavailable(`${name} is not ready after ${ask.deadlineMs / 1000} s: ${ask.lacks} (${said}).${hint}`),
    ),
    name,
    words,
  );
}

/** A way to tell whether a service is ready. */
interface Asking {
  once: () => Promise<ProbeResult>;
  /** The failure for an answer that no waiting changes. */
  wrong: (reason: string) => Promise<Error> | Error;
  lacks: string;
  everyMs: number;
  deadlineMs: number;
}

/** In its own protocol, at its port. */
function asks(stack: Stack, service: Service, ready: Ready): Asking {
  return {
    once: () => probeService(stack, service, ready),
    wrong: (reason) => wrongAnswer(stack, service, reason),
    lacks: `no ${readyWhen(service).replace(/^an? /, '')}`,
    everyMs: 25,
    deadlineMs: readyDeadline(ready),
  };
}

/** By what the engine says of it. */
async function watch(engine: Docker, service: Service, { containerId, fresh }: Waiting): Promise<Asking> {
  const { name, ends } = service;
  const container = engine.getContainer(containerId);
  const { RestartCount, Config } = await container.inspect();
  // one that was running and was never started again by the engine has nothing to show any more
  const settledAt = Date.now() + (fresh || RestartCount > 0 ? SETTLE_MS : 0);
  const patientUntil = Date.now() + PATIENCE_MS;
  return {
    once: async () => {
      const { State } = await container.inspect();
      if (State.Status === 'exited') {
        if (State.ExitCode === 0 && ends !== undefined) return { state: 'ready' };
        throw await endedAs(engine, service, containerId, State.ExitCode);
      }
      if (ends === 'awaited') return { state: 'waiting', reason: 'it has not ended yet' };
      switch (State.Health?.Status) {
        case 'healthy':
          return { state: 'ready' };
        case 'starting':
          return { state: 'waiting', reason: 'its health check has not passed yet' };
        case 'unhealthy':
          if (!fresh || Date.now() < patientUntil)
            return { state: 'waiting', reason: 'its health check fails' };
          return { state: 'wrong', reason: `its health check failed ${State.Health.FailingStreak} times` };
        default:
          if (Date.now() < settledAt) return { state: 'waiting', reason: 'it has just started' };
          return { state: 'ready' };
      }
    },
    wrong: (reason) =>
      withLastLines(engine, service, containerId, (hint) =>
        refused(`${name} is not healthy: ${reason}.${hint}`),
      ),
    lacks: ends === 'awaited' ? 'it still runs' : 'its health check does not pass',
    everyMs: 100,
    deadlineMs: ends === 'awaited' ? MOST_MS : healthDeadline(Config.Healthcheck),
  };
}

/** So long the engine itself takes to call a container unhealthy, and a little longer. */
function healthDeadline(check: HealthConfig | undefined): number {
  const { Interval = 0, Timeout = 0, Retries = 0, StartPeriod = 0 } = check ?? {};
  const each = ((Interval || 30e9) + (Timeout || 30e9)) / 1e6;
  const long = StartPeriod / 1e6 + each * ((Retries || 3) + 1);
  return Math.min(Math.max(long, 2 * PATIENCE_MS), MOST_MS);
}

async function endedAs(engine: Docker, service: Service, id: string, code: number) {
  const { name, ends, restart } = service;
  const when = ends === undefined ? ' before it was ready' : '';
  const stays = code === 0 && (restart.name === 'always' || restart.name === 'unless-stopped');
  const hint = stays
    ? ` Its restart policy (${restart.name}) would start it for ever; one that runs once has none.`
    : '';
  const failure = KILLED.includes(code) ? unavailable : refused;
  return withLastLines(engine, service, id, (found) =>
    failure(`${name} ended with code ${code}${when}.${hint}${found}`),
  );
}

// What logs are known to speak of. Which words they do it with is theirs.
const HINTS: [says: RegExp, means: string][] = [
  [/password authentication failed|WRONGPASS|NOAUTH|invalid password/i, 'a refused password'],
  [/EADDRINUSE|address already in use/i, 'a port that is in use'],
  [/ENOSPC|no space left/i, 'a full disk'],
  [/out of memory|ENOMEM/i, 'too little memory'],
  [
    /EACCES|EPERM|permission denied|operation not permitted|EROFS|read-only file system/i,
    'a missing permission',
  ],
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|could not connect|connection refused/i,
    'something that it cannot reach',
  ],
  [/ENOENT|no such file|cannot find module/i, 'something that it does not find'],
];

/** A failure of ours that carries a container's last lines, and says in our own words what they speak of. */
async function withLastLines(
  engine: Docker,
  { name, environment }: Service,
  containerId: string,
  failure: (hint: string) => ApplicationFailure,
): Promise<ApplicationFailure> {
  const lines = await tailLogs(engine, containerId).catch(() => []);
  if (lines.length === 0) return failure(' It wrote nothing.');
  knowSecrets(secretValues(Object.entries(environment)));
  const text = lines.join('\n');
  const hint = HINTS.find(([says]) => says.test(text))?.[1];
  return saying(failure(hint === undefined ? '' : ` Its log speaks of ${hint}.`), name, text);
}

/** What to do about a service that answers and will never do so as its declaration says. */
function wrongAnswer(stack: Stack, service: Service, reason: string) {
  const { name, ready, mounts } = service;
  const mount = mounts.find(({ kind }) => kind === 'volume');
  const volume = mount?.kind === 'volume' ? stack.volumes[mount.volume]?.engineName : undefined;
  const file = stack.secrets[loginSecret(service) ?? '']?.file;
  const remedies: string[] = [];
  if (file !== undefined) remedies.push(`put the password that it was made with into ${file}`);
  if (ready?.protocol === 'postgres')
    remedies.push(
      `set the one of that file: docker exec -it ${containerName(stack, name)} psql -U ${ready.user} -d ${ready.database} -c '\\password'`,
    );
  if (volume !== undefined)
    remedies.push('remove the volume: onex-bootstrap down --volumes (its data is lost)');
  const whose =
    volume === undefined ? '' : ` Volume ${volume} was made with other settings than this environment's.`;
  return refused(
    `${name} refuses the login on ${addressOf(service)}: ${reason}.${whose}${remedies.length === 0 ? '' : ` Either ${remedies.join('; or ')}.`}`,
  );
}
