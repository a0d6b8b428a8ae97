import type Docker from 'dockerode';
import { refused, unavailable } from '../../contracts/core/failures';
import { waitFor } from '../../contracts/core/wait-for';
import { loginSecret, readyDeadline, readyWhen } from '../compose/ready';
import type { Service, Stack } from '../compose/stack';
import { tailLogs, type Ending } from './containers';
import { containerName } from './labels';
import { probe } from './probe';
import type { Progress } from './run-command';
import { readStackSecret, scrubStackSecrets } from './stack-secrets';

/** Exit codes of a process that somebody killed or stopped under us: another try may find it whole. */
const KILLED = [137, 143];

/**
 * Waits for a real answer from a running container. Its end, a wrong answer and the deadline are errors with its last
 * log lines, scrubbed. A service that declares nothing to ask for is ready when it runs.
 */
export async function waitUntilReady(
  engine: Docker,
  stack: Stack,
  service: Service,
  { containerId, ending, signal, onProgress }: { containerId: string; ending: Promise<Ending> } & Progress,
): Promise<void> {
  const { name, ready } = service;
  if (ready === undefined) return;
  const login = loginSecret(service);
  const password = login === undefined ? undefined : await readStackSecret(stack, login);
  let ended: Ending | undefined;
  void ending.then((end) => (ended = end));
  let said: string | undefined;
  const answer = await waitFor(
    async () => {
      // Read before the probe: a process that ended after it answered is not ready either.
      const over = ended;
      if (over !== undefined && 'lost' in over)
        throw unavailable(`${name} can no longer be watched: ${over.lost}.`, { lost: { kind: 'engine' } });
      if (over !== undefined)
        throw (KILLED.includes(over.exitCode) ? unavailable : refused)(
          `${name} ended with code ${over.exitCode} before it was ready.${await lastWords(engine, stack, containerId)}`,
        );
      const result = await probe(ready, password);
      if (result.state === 'ready' && ended === undefined) return result;
      if (result.state === 'wrong') throw wrongAnswer(stack, service, result.reason);
      const reason = result.state === 'waiting' ? result.reason : 'it ended';
      if (reason !== said) onProgress?.(`${name}: ${reason}`);
      said = reason;
      return undefined;
    },
    { everyMs: 25, forMs: readyDeadline(ready), signal },
  );
  if (answer !== undefined) return;
  throw unavailable(
    `${name} is not ready after ${readyDeadline(ready) / 1000} s: no ${readyWhen(service).replace(/^an? /, '')} (${said}).${await lastWords(engine, stack, containerId)}`,
  );
}

async function lastWords(engine: Docker, stack: Stack, containerId: string): Promise<string> {
  const lines = await tailLogs(engine, containerId).catch(() => []);
  if (lines.length === 0) return ' It wrote nothing.';
  return ` Its last lines:\n${await scrubStackSecrets(stack, lines.map((line) => `  ${line}`).join('\n'))}`;
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
    `${name} refuses the login on 127.0.0.1:${ready?.port}: ${reason}.${whose}${remedies.length === 0 ? '' : ` Either ${remedies.join('; or ')}.`}`,
  );
}
