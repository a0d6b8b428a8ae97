import {
  ensureSchedule,
  pauseSchedule,
  readSchedule,
  removeSchedule,
  type Job,
} from '../../../client/temporal/schedules';
import { environmentQueue } from '../../../contracts/core/names';
import { startTestTemporal, type TestTemporal } from '../../support/temporal';

describe('a schedule of an environment', () => {
  let temporal: TestTemporal;
  beforeAll(async () => (temporal = await startTestTemporal()));
  afterAll(() => temporal.stop());

  const job = (more: Partial<Job> = {}): Job => ({
    scheduleId: 'watch/prod',
    every: 900,
    workflow: 'watch',
    taskQueue: environmentQueue('prod', 'here-123456'),
    input: { environment: 'prod' },
    ...more,
  });
  const { taskQueue } = job();

  it('is made once, changed by what is asked for, and left as it is otherwise', async () => {
    const { client } = temporal;
    expect(await readSchedule(client, 'watch/prod', taskQueue)).toBeUndefined();
    expect(await pauseSchedule(client, 'watch/prod', taskQueue)).toBe(false);
    expect(await ensureSchedule(client, job())).toBe('created');
    expect(await ensureSchedule(client, job())).toBe('kept');
    expect(await readSchedule(client, 'watch/prod', taskQueue)).toMatchObject({
      every: 900,
      paused: false,
      lastRun: undefined,
    });
    expect(await ensureSchedule(client, job({ every: 3600 }))).toBe('changed');
    expect(
      await ensureSchedule(client, job({ every: 3600, input: { environment: 'prod', onDrift: 'heal' } })),
    ).toBe('changed');
    const described = await client.schedule.getHandle('watch/prod').describe();
    expect(described.policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 3_600_000 });
    expect(described.action.args).toEqual([{ environment: 'prod', onDrift: 'heal' }]);

    expect(await pauseSchedule(client, 'watch/prod', taskQueue)).toBe(true);
    expect(await pauseSchedule(client, 'watch/prod', taskQueue)).toBe(false);
    expect(await readSchedule(client, 'watch/prod', taskQueue)).toMatchObject({
      paused: true,
      next: undefined,
    });
    expect(await ensureSchedule(client, job())).toBe('changed');
    expect(await readSchedule(client, 'watch/prod', taskQueue)).toMatchObject({ paused: false });

    const others = environmentQueue('prod', 'there-654321');
    await expect(ensureSchedule(client, job({ taskQueue: others }))).rejects.toThrow(
      'is of the installation here-123456',
    );
    await expect(removeSchedule(client, 'watch/prod', others)).rejects.toThrow('left as it is');
    expect(await removeSchedule(client, 'watch/prod', taskQueue)).toBe(true);
    expect(await removeSchedule(client, 'watch/prod', taskQueue)).toBe(false);
  });

  it('is refused where it would run too often', async () => {
    await expect(ensureSchedule(temporal.client, job({ every: 1 }))).rejects.toThrow('too often');
  });
});
