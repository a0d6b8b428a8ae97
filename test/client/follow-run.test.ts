import type { WorkflowHandle } from '@temporalio/client';
import { followRun } from '../../client/follow-run';
import type { Terminal } from '../../client/terminal';
import { describePhase, phaseTold, type PhaseProgress } from '../../workflows/progress';

const silent = () => new Promise<never>(() => {});

describe('followRun', () => {
  it.each([
    ['for the progress', silent, []],
    [
      'for the reason why a step is not done',
      seedsAndIsSilent(),
      ['preflight: done: all', 'seed: waiting for 35 secrets'],
    ],
  ])('starts a server again that does not answer when asked %s', async (_what, describe, shown) => {
    const handle = { describe };
    const lines: string[] = [];
    const terminal: Partial<Terminal> = { progress: (line) => void lines.push(line) };
    let end = () => {};
    const ended = new Promise<void>((resolve) => (end = resolve));
    const revive = jest.fn(() => Promise.resolve(end()));
    await followRun(handle as unknown as WorkflowHandle, ended, terminal as Terminal, revive);
    expect(revive).toHaveBeenCalledTimes(1);
    expect(lines).toEqual(shown);
  });

  it('shows how each phase ended, also where no worker is left to be asked', async () => {
    const phases: PhaseProgress[] = [
      { name: 'preflight', phase: { state: 'done', note: '2 contracts: 1 key' } },
      { name: 'identity', phase: { state: 'failed', reason: 'no: never' } },
      { name: 'seed', phase: { state: 'cancelled' } },
      { name: 'hosts', phase: { state: 'running', waitingFor: 'waiting for b: away' } },
      { name: 'runtime', phase: { state: 'pending' } },
    ];
    const told = phases.map(({ name, phase }) => `${name}: ${describePhase(phase)}`);
    expect(told.map(phaseTold)).toEqual(phases);
    const lines: string[] = [];
    const handle = { describe: () => Promise.resolve({ memo: { phases: told } }) };
    const terminal: Partial<Terminal> = { progress: (line) => void lines.push(line) };
    await followRun(handle as unknown as WorkflowHandle, Promise.resolve(), terminal as Terminal, () =>
      Promise.resolve(),
    );
    expect(lines).toEqual([
      'preflight: done: 2 contracts: 1 key',
      'identity: failed',
      'seed: cancelled',
      'hosts: waiting for b: away',
    ]);
  });
});

/** Tells three times that it seeds, and answers no more. */
function seedsAndIsSilent() {
  let asked = 0;
  const memo = { phases: ['preflight: done: all', 'seed: starting'], waitingFor: '35 secrets' };
  return () => (++asked > 3 ? silent() : Promise.resolve({ memo }));
}
