import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inParallel } from '../../../contracts/core/in-parallel';
import { inPlaces } from '../places';
import { startTestTemporal } from '../temporal';
import { playOf } from './play';
import { scenarios } from './scenarios';
import { shapeOf, type RecordedEvent } from './shape';

const AT_ONCE = 6; // more make each wait longer for its next task than a server waits for an answer

/** A history as the workflows make it now, and the file that it is to have beside those that stay. */
export interface Recording {
  file: string;
  json: string;
}

/** Plays every scenario and returns the recordings of those whose way no history in `folder` shows yet. */
export async function newRecordings(folder: string): Promise<Recording[]> {
  const temporal = await startTestTemporal();
  try {
    const plays = scenarios.map(playOf);
    const fakes = inPlaces(new Map(plays.map(({ scenario, place }) => [scenario.name, place])));
    const play = async ({ scenario, run }: (typeof plays)[number]) => {
      const handle = await run(temporal.client);
      return { name: scenario.name, json: historyToJSON(await handle.fetchHistory()) };
    };
    const played = await temporal.withWorkers(fakes, () => inParallel(plays, AT_ONCE, play));
    return played.flatMap(({ name, json }) => recordingOf(folder, name, json));
  } finally {
    await temporal.stop();
  }
}

/** Writes the recordings; one that is there stays, for a run of that version may still be under way. */
export function writeRecordings(recordings: Recording[]): void {
  for (const { file, json } of recordings) writeFileSync(file, `${json}\n`, { flag: 'wx' });
}

function recordingOf(folder: string, name: string, json: string): Recording[] {
  const shape = (text: string) =>
    shapeOf((JSON.parse(text) as { events: RecordedEvent[] }).events).join('\n');
  const version = new RegExp(`^${name}(-\\d+)?\\.json$`);
  const known = readdirSync(folder).filter((file) => version.test(file));
  if (known.some((file) => shape(readFileSync(join(folder, file), 'utf8')) === shape(json))) return [];
  for (let number = known.length + 1; ; number++) {
    const file = join(folder, number === 1 ? `${name}.json` : `${name}-${number}.json`);
    if (!existsSync(file)) return [{ file, json: compact(json) }];
  }
}

/** On one line, without what tells of the machine that recorded it. */
const compact = (json: string) =>
  JSON.stringify(JSON.parse(json), (field, value: unknown) => {
    if (field === 'stackTrace') return undefined;
    return typeof value === 'string' ? value.replace(/^\d+@.*/, 'recorded') : value;
  });
