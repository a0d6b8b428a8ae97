import { stat, statfs } from 'node:fs/promises';
import { checkClock } from '../../environment/machine';
import { inputFiles } from '../../environment/declared-files';
import type { Environment } from '../../environment/environment';
import { ifThere } from '../../environment/files/system';
import { assertWritable } from '../../environment/files/writable';
import { troubleOf } from '../../environment/services';
import { isStarted } from '../../stack/compose/order';
import { readEngineFacts } from '../../stack/engine/connect-engine';
import { volumeLabelsOf } from '../../stack/engine/volume-owner';
import { observeStack, type ObservedService } from '../../stack/engine/observe-stack';
import { fine, Unseen, type Look, type Unlike } from './check';

const MIB = 1024 * 1024;
const LEAST_MIB = 512;

/** The state directory takes files, and its disk has room. */
export async function stateDirectory({ stateDir }: Environment): Promise<Look> {
  await assertWritable(stateDir);
  return disk(stateDir, 'the state directory');
}

async function disk(folder: string, of: string): Promise<Look> {
  const { bavail, bsize } = await statfs(folder);
  const free = Math.floor((bavail * bsize) / MIB);
  if (free >= LEAST_MIB) return fine(`${folder}, ${free} MiB free`);
  const is = `less than ${LEAST_MIB} MiB free`;
  return {
    what: `${folder}: ${free} MiB free, ${LEAST_MIB} are too few to be safe`,
    drifts: [
      { kind: 'condition', name: `disk of ${of}`, is, heals: false, mend: `free some space in ${folder}` },
    ],
  };
}

/** The files that a declaration names are there. */
export async function declaredFiles({ declaration, environment }: Environment): Promise<Look> {
  const files = inputFiles(declaration);
  const found = await Promise.all(files.map((file) => ifThere(stat(file))));
  const gone = files.filter((_, index) => found[index] === undefined);
  const mend = `bring back what is missing, or declare others: onex-bootstrap declare -e ${environment} --help`;
  return {
    what:
      gone.length === 0
        ? `${files.length} declared, all there`
        : `declared, and not there: ${gone.join(', ')}`,
    drifts: gone.map((name) => ({ kind: 'file', name, is: 'declared, and not there', heals: false, mend })),
  };
}

/** The engine answers, its clock is right, and its data has room. */
export async function engine(environment: Environment): Promise<Look> {
  const trouble = await troubleOf(environment);
  if (trouble !== undefined) throw new Unseen(trouble.message, 'as it says');
  const facts = await readEngineFacts(environment.engine());
  if (facts === undefined)
    return {
      what: 'no Docker Engine runs',
      drifts: [{ kind: 'engine', name: 'of this machine', is: 'does not run', heals: true }],
    };
  const [problem] = checkClock(facts.clock);
  if (problem !== undefined) return clockDrift('the Docker Engine', problem.message);
  const { dataRoot } = facts;
  if (dataRoot === undefined || (await ifThere(stat(dataRoot))) === undefined) return fine('answers');
  const { drifts } = await disk(dataRoot, 'the Docker Engine’s data');
  return { what: `answers, its data is in ${dataRoot}`, drifts };
}

/** A clock that is not this machine's time. */
export const clockDrift = (of: string, what: string): Look => ({
  what,
  drifts: [
    { kind: 'condition', name: `clock of ${of}`, is: 'wrong', heals: false, mend: 'correct the wrong clock' },
  ],
});

/** Every service of the stack runs as it is declared. */
export async function services(environment: Environment): Promise<Look> {
  const trouble = await troubleOf(environment);
  if (trouble !== undefined) throw new Unseen(trouble.message, 'as it says');
  const stack = await environment.stack();
  if ((await readEngineFacts(environment.engine())) === undefined) throw new Unseen('no Docker Engine runs');
  const observed = await observeStack(environment.engine(), stack, environment);
  const drifts = (await Promise.all(observed.map((service) => unlike(environment, service)))).flat();
  const what =
    drifts.length === 0
      ? `${Object.values(stack.services)
          .filter(isStarted)
          .map(({ name }) => name)
          .join(', ')} run as declared`
      : drifts.map(({ name, is }) => `${name}: ${is}`).join('; ');
  return { what, drifts };
}

async function unlike(environment: Environment, service: ObservedService): Promise<Unlike[]> {
  const { name, state, would, detail, seen } = service;
  if (would === 'keep' && state === 'ready') return [];
  const drift = (is: string, heals: boolean): Unlike[] => [
    { kind: 'container', name, is, heals, ...(seen !== undefined && { seen }) },
  ];
  switch (would) {
    case 'keep':
      return drift('runs, and does not answer', false);
    case 'refuse':
      return drift(detail, false);
    case 'recreate':
      return drift(`${detail}; up would recreate it`, false);
    case 'start':
      return drift(state === 'stopped' ? `stopped (${detail})` : detail, true);
    case 'create': {
      const gone = await lostVolumes(environment, name);
      return gone.length === 0
        ? drift('missing', true)
        : drift(`missing, and its data too (${gone.join(', ')}): up would begin with none`, false);
    }
    default:
      return would satisfies never;
  }
}

/** Volumes of a service that the engine does not have: nobody but their owner decides to begin anew. */
async function lostVolumes(environment: Environment, name: string): Promise<string[]> {
  const { services: all, volumes } = await environment.stack();
  const names = (all[name]?.mounts ?? []).flatMap((mount) =>
    mount.kind === 'volume' ? [volumes[mount.volume]?.engineName ?? mount.volume] : [],
  );
  const found = await Promise.all(names.map((volume) => volumeLabelsOf(environment.engine(), volume)));
  return names.filter((_, index) => found[index] === undefined);
}
