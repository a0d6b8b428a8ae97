import { basename, join } from 'node:path';
import { newRecordings, writeRecordings } from '../support/histories/record-histories';

const folder = join(__dirname, '..', 'histories');

it('every way of every workflow is recorded as it goes now; if not: node scripts/record-histories.mjs', async () => {
  const recordings = await newRecordings(folder);
  if (process.env['RECORD_HISTORIES'] !== undefined) writeRecordings(recordings);
  else expect(recordings.map(({ file }) => basename(file))).toEqual([]);
}, 300_000); // some thirty runs, on a machine with a load of twenty
