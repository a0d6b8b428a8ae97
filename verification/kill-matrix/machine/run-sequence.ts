import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startReader } from '../../../test/support/reader';
import { livePid } from '../../harness/processes';
import { CLEAN, isClean, judge, type Facts } from '../../harness/judge';
import { runtimeEnvOf, stateOf, storedValues, temporalServer, upArguments } from '../../harness/product';
import { choose, killPoints, nameOf, sideEffects, type KillPoint } from '../kill-points';
import { attempt, runProduct } from './attempt';
import { keepBeside, printedBeside } from './beside';
import { hostPlaces, places, type Sequence, type SequenceLine } from './job';
import { factsNow, isDown, observe, running } from './observe';
import { READ, type Preparation, type Run } from './preparation';
import { preparationOf } from './preparations';

/** Undisturbed runs before the one that is compared with: what only the first ones make is there by then. */
const WARM_RUNS = 1;
const READ_EVERY_MS = 80; // machines share few cores
const QUIET_MS = 300; // of reading before and after the command
/** Bridge an Infisical that is killed, or started anew; a credential that is refused they do not. */
const COPIES = {
  ONEX_LAST_KNOWN_GOOD: 'true',
  ONEX_LAST_KNOWN_GOOD_DIR: '/run/copies',
  ONEX_LAST_KNOWN_GOOD_KEY: 'of-this-machine-alone',
};
const REGISTRY = '/tmp/registry.yaml';
/** `rotate HTTP_BASE_URL` makes its value itself. */
const GENERATED =
  'version: "1"\nshared: { /shared/http/: [HTTP_BASE_URL] }\ngenerate: { HTTP_BASE_URL: hex-32 }\n';
/** Containers stay stopped after it: a command that had no need of them any more is followed by `up`, as after a reboot. */
// what only `up` starts again
const isWithoutTemporal = () => livePid(() => temporalServer(places).pid).length === 0;
const AGAIN = { args: ['up', '--json', '--allow-partial'] };
const STOPS_CONTAINERS = ['engine', 'everything'];
const KILLS_NO_INFISICAL = ['worker', 'temporal', 'host', 'home'];

/**
 * Brings an environment up once and kills one command after the other, at one point after the other, each time under a
 * reader. What a point leaves is compared with what there was before it and what an undisturbed run changes, and is what
 * the next one starts from; so the machine ends with the first point that leaves anything else.
 */
export async function runSequence(
  sequence: Sequence,
  tell: (line: SequenceLine) => Promise<void>,
): Promise<void> {
  writeFileSync(REGISTRY, GENERATED);
  await bringUp(sequence);
  for (const command of sequence.commands)
    if (
      (await killAtEach(sequence, command, (line) => tell({ command, ...line } as SequenceLine))) === 'harm'
    )
      return;
}

const bringUp = (sequence: Sequence) =>
  runProduct(sequence, {
    args: [...upArguments(places.environment, sequence.given), '--registry', REGISTRY],
  });

const runIn = (sequence: Sequence): Run =>
  Object.assign(
    (args: string[], variables?: Record<string, string>) => runProduct(sequence, { args }, variables),
    {
      withHome: async <T>(work: () => Promise<T>) => {
        const end = await keepBeside(sequence, 'home', () => ({}));
        return work().finally(end);
      },
    },
  );

type Line = Partial<SequenceLine>;

async function killAtEach(
  sequence: Sequence,
  command: string,
  tell: (line: Line) => Promise<void>,
): Promise<'harm' | 'no harm'> {
  const preparation = preparationOf(command);
  await preparation.once?.(runIn(sequence), sequence);
  const { beside } = preparation;
  const end = beside && (await keepBeside(sequence, beside.whose, beside.variables));
  return killAtPoints(sequence, { command, preparation }, tell).finally(end);
}

async function killAtPoints(
  sequence: Sequence,
  { command, preparation }: { command: string; preparation: Preparation },
  tell: (line: Line) => Promise<void>,
): Promise<'harm' | 'no harm'> {
  const runOne = (point?: KillPoint) => oneRun(sequence, command, preparation, point);
  for (let run = 0; run < WARM_RUNS; run++) await runOne();
  const { ended: end, found: calm } = await runOne();
  if (calm?.ended !== 'finished' || calm.failedReads > 0)
    throw new Error(
      `${command} did not finish undisturbed: ${'output' in end ? end.output : ''} ${calm?.whyFailed ?? ''}`,
    );
  const usual = minus(calm.facts, calm.before);
  const all = killPoints(sideEffects(calm.passages), { isUp: true, beside: preparation.beside?.whose });
  const chosen = choose(all, sequence.choice);
  await tell({ seconds: calm.seconds, points: all.length, chosen: chosen.map(nameOf) });
  const done = sequence.done[command] ?? [];
  const left = sequence.list ? [] : chosen.filter((point) => !done.includes(nameOf(point)));

  for (const point of left) {
    await tell({ begun: nameOf(point) });
    const { ended, found } = await runOne(point);
    if (found === undefined) {
      const output = 'output' in ended ? { output: ended.output } : {};
      const outcome = ended.ended === 'victim absent' ? 'victim absent' : 'not reached';
      await tell({ row: { ...point, ...CLEAN, outcome, ...output } });
      continue;
    }
    const { seconds, ups, reads, failedReads, whyFailed } = found;
    const verdict = judge(found, plus(found.before, usual));
    const isGood = isClean(verdict) && failedReads === 0;
    const said = [found.output, whyFailed].filter(Boolean).join('\n');
    const output = said === '' ? {} : { output: said };
    const outcome = isGood ? 'recovered' : 'failed';
    await tell({ row: { ...point, ...verdict, outcome, seconds, ups, reads, failedReads, ...output } });
    if (!isGood) return 'harm';
  }
  return 'no harm';
}

/** Every value that was one of the environment's, with its name: none may show anywhere. */
const known = new Map<string, string>();

async function oneRun(sequence: Sequence, command: string, preparation: Preparation, point?: KillPoint) {
  const planted = await preparation.plant?.(runIn(sequence), sequence);
  const learn = () => {
    for (const { name, value } of [places, hostPlaces].flatMap(storedValues)) known.set(value, name);
    for (const value of planted?.values ?? []) known.set(value, 'a planted value');
  };
  learn();
  if (preparation.beside !== undefined) await running();
  const before = factsNow(sequence, '', planted?.values);
  const digests = credentialDigests();
  await untilReadable(preparation);
  const read = await reading(preparation, point);
  const since = new Date();
  const args = [...(planted?.args ?? command.replace('fleet: ', '').split(' ')), '--json'];
  const bringUpIfDown = async () =>
    void ((isDown() || isWithoutTemporal()) && (await runProduct(sequence, AGAIN)));
  const isFleet = preparation.beside !== undefined;
  const end = preparation.meanwhile?.();
  const ended = await attempt(
    sequence,
    { args, input: planted?.input, variables: planted?.variables },
    { ...(isFleet && { mend: bringUpIfDown }), ...(point === undefined ? {} : { kill: point }) },
  );
  await end?.();
  const reads = await read.end();
  if (!('printed' in ended)) return { ended };
  if (preparation.thenUp === true) await runProduct(sequence, AGAIN);
  else if (point !== undefined && (isFleet || STOPS_CONTAINERS.includes(point.victim))) await bringUpIfDown();
  const left = isFleet ? await running() : [];
  learn();
  const values = [...known].map(([value, name]) => ({ name, value }));
  const { facts, leaks } = await observe(sequence, {
    ...ended,
    printed: ended.printed + printedBeside(),
    planted: planted?.values,
    since,
    values,
  });
  for (const name of credentialDigests().filter((each) => !digests.includes(each)))
    facts[`changed ${name.split(' ')[0]!}`] = 1;
  for (const name of [...left, ...(await hostReads())]) facts[name] = 1;
  return { ended, found: { ...ended, facts, leaks, before, ...reads } };
}

/** Reads until `end`. Copies are only for what takes Infisical away. */
async function reading({ reads, hostReads, stopsInfisical = false }: Preparation, point?: KillPoint) {
  const isAway = stopsInfisical || (point !== undefined && !KILLS_NO_INFISICAL.includes(point.victim));
  const variables = { ONEX_CACHE_TTL_SECONDS: '0', ...(isAway ? COPIES : {}) };
  const readers = [places, ...(hostReads ? [hostPlaces] : [])].flatMap((of) =>
    reads === undefined ? [] : { of, stop: startReader(runtimeEnvOf(of), reads, variables, READ_EVERY_MS) },
  );
  await sleep(QUIET_MS);
  return {
    end: async () => {
      await sleep(QUIET_MS);
      const seen = await Promise.all(
        readers.map(async ({ of, stop }) => ({ of: of === places ? 'home' : 'host', ...(await stop()) })),
      );
      const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
      return {
        reads: sum(seen.map(({ reads }) => reads)),
        failedReads: sum(seen.map(({ failed }) => failed.length)),
        whyFailed: seen
          .flatMap(({ of, failed: [first] }) =>
            first instanceof Error ? `a read of the ${of} failed: ${first.message}` : [],
          )
          .join('\n'),
      };
    },
  };
}

/** Whether a credential works: a login and a read. */
async function canRead(of: typeof places | typeof hostPlaces, reads: string | undefined): Promise<boolean> {
  if (reads === undefined) return true;
  const stop = startReader(runtimeEnvOf(of), reads, { ONEX_CACHE_TTL_SECONDS: '0' }, READ_EVERY_MS);
  await sleep(1);
  return (await stop()).failed.length === 0;
}

/** What the point before killed may be on its way back still, where the command had no need of it. */
async function untilReadable({ reads }: Preparation): Promise<void> {
  for (let tries = 0; tries < 60 && !(await canRead(places, reads)); tries++) await sleep(1_000);
}

async function hostReads(): Promise<string[]> {
  if (!existsSync(runtimeEnvOf(hostPlaces))) return [];
  return [`the host ${(await canRead(hostPlaces, READ)) ? 'reads' : 'reads nothing'}`];
}

/** Each file that holds a credential of the environment, with a digest of what it holds. */
function credentialDigests(): string[] {
  const folder = stateOf(places);
  const inSecrets = join(folder, 'secrets');
  const secrets = existsSync(inSecrets) ? readdirSync(inSecrets).map((name) => join('secrets', name)) : [];
  const ofHost = ['identity.json', 'host-key.json', 'home.json', 'runtime.env']
    .map((name) => join(stateOf(hostPlaces), name))
    .filter(existsSync);
  return [
    ...['identity.json', 'admin.json', 'runtime.env', '../temporal/codec-keys', ...secrets]
      .map((name) => join(folder, name))
      .filter(existsSync),
    ...ofHost,
  ].map(
    (path) =>
      `${path.replace(`${folder}/`, '')} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`,
  );
}

const combined = (a: Facts, b: Facts, sign: 1 | -1): Facts =>
  Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])]
      .map((name) => [name, (a[name] ?? 0) + sign * (b[name] ?? 0)] as const)
      .filter(([, count]) => count !== 0),
  );
const minus = (a: Facts, b: Facts) => combined(a, b, -1);
const plus = (a: Facts, b: Facts) => combined(a, b, 1);
