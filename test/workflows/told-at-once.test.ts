import { toldAtOnce } from '../../workflows/told-at-once';

const payload = (text: string) => ({ data: Buffer.from(text) });
const memo = (fields: Record<string, string>) => ({
  modifyWorkflowProperties: {
    upsertedMemo: {
      fields: Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, payload(text)])),
    },
  },
});
const attribute = (name: string, text: string) => ({
  upsertWorkflowSearchAttributes: { searchAttributes: { indexedFields: { [name]: payload(text) } } },
});
const step = (seq: number) => ({ scheduleActivity: { seq, activityType: 'planSeed' } });

it('tells the memo once and the search attributes once, the last of each name, and leaves steps in their order', () => {
  const commands = [
    memo({ phases: 'one', startedBy: 'anna' }),
    attribute('BootstrapPhase', 'seed'),
    memo({ phases: 'two' }),
    step(1),
    attribute('BootstrapOutcome', 'complete'),
    memo({ waitingFor: 'three' }),
    step(2),
  ];
  expect(toldAtOnce(commands)).toEqual([
    memo({ phases: 'two', startedBy: 'anna', waitingFor: 'three' }),
    {
      upsertWorkflowSearchAttributes: {
        searchAttributes: {
          indexedFields: { BootstrapPhase: payload('seed'), BootstrapOutcome: payload('complete') },
        },
      },
    },
    step(1),
    step(2),
  ]);
});

it('leaves everything else as it came', () => {
  const commands = [step(1), memo({ phases: 'one' }), { startTimer: { seq: 3 } }];
  expect(toldAtOnce(commands)).toEqual(commands);
  expect(toldAtOnce([])).toEqual([]);
});
