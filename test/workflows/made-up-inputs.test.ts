import { setTimeout as sleep } from 'node:timers/promises';
import { fakeHost, fakeStart } from '../support/fake-activities';
import { startRun } from '../support/runs';
import { startTestTemporal, type TestTemporal } from '../support/temporal';
import * as workflows from '../../workflows';

const INPUTS = [null, 'text', 7, [], { ref: null, queue: 7 }];

describe('a workflow that somebody starts with an input that they made up', () => {
  let temporal: TestTemporal;
  beforeAll(async () => (temporal = await startTestTemporal('kept')), 120_000);
  afterAll(() => temporal.stop());

  it.each(Object.keys(workflows))(
    '%s ends, in place of being tried again for ever',
    async (type) => {
      const started = { start: fakeStart(), host: fakeHost([]) };
      await temporal.withWorkers(started, async () => {
        const ends = INPUTS.map(async (input, index) => {
          const run = await startRun(temporal.client, { type, workflowId: `${type}/${index}`, input });
          const ended = run.result().then(
            () => 'ended',
            () => 'ended',
          );
          return Promise.race([ended, sleep(30_000, 'goes on', { ref: false })]);
        });
        expect(await Promise.all(ends)).toEqual(INPUTS.map(() => 'ended'));
      });
    },
    60_000,
  );
});
