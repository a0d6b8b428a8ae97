import type { WorkflowHandle } from '@temporalio/client';
import { followRun } from '../../client/follow-run';
import type { Terminal } from '../../client/terminal';
import type { Progress } from '../../workflows/progress';

const progress: Progress = {
  environment: 'dev',
  phases: [{ name: 'seed', phase: { state: 'running', waitingFor: 'waiting for 35 secrets' } }],
  waitingFor: 'waiting for 35 secrets',
  changes: { count: 0, first: [] },
};
const silent = () => new Promise<never>(() => {});

describe('followRun', () => {
  it.each([
    ['for the progress', { query: silent, describe: silent }, []],
    [
      'for the reason why a step is not done',
      { query: () => Promise.resolve(progress), describe: silent },
      ['seed: waiting for 35 secrets'],
    ],
  ])('starts a server again that does not answer when asked %s', async (_what, handle, shown) => {
    const lines: string[] = [];
    const terminal: Partial<Terminal> = { progress: (line) => void lines.push(line) };
    let end = () => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    const revive = jest.fn(() => Promise.resolve(end()));
    await followRun(handle as unknown as WorkflowHandle, ended, terminal as Terminal, revive);
    expect(revive).toHaveBeenCalledTimes(1);
    expect(lines).toEqual(shown);
  });
});
