import { CLEAN as clean, judge, type Found } from '../../../verification/harness/judge';

const undisturbed = {
  'identity onex-runtime': 1,
  'live client secret of onex-runtime': 1,
  'key /shared/A': 1,
};
const run = (changes: Partial<Found>): Found => ({
  ended: 'finished',
  facts: undisturbed,
  leaks: [],
  ...changes,
});

describe('judge', () => {
  it('finds nothing where a run left what an undisturbed one leaves', () => {
    expect(judge(run({}), undisturbed)).toEqual(clean);
  });

  it('calls what is missing lost, and an end without success too', () => {
    const { 'key /shared/A': _, ...facts } = undisturbed;
    expect(judge(run({ facts }), undisturbed)).toEqual({ ...clean, lost: ['key /shared/A'] });
    expect(judge(run({ ended: 'unfinished', facts: {} }), undisturbed)).toEqual({
      ...clean,
      lost: ['the bootstrap did not finish'],
    });
  });

  it('calls a second of anything a duplicate, and a second credential an orphan', () => {
    const facts = { ...undisturbed, 'identity onex-runtime': 2, 'live client secret of onex-runtime': 2 };
    expect(judge(run({ facts }), undisturbed)).toEqual({
      ...clean,
      duplicated: ['identity onex-runtime'],
      orphaned: ['live client secret of onex-runtime'],
    });
  });

  it('calls what should not be there at all an orphan, and a value in a wrong place a leak', () => {
    const facts = { ...undisturbed, 'file kill/.admin.json.:random.tmp 600': 1 };
    expect(judge(run({ facts, leaks: ['password in what up printed'] }), undisturbed)).toEqual({
      ...clean,
      orphaned: ['file kill/.admin.json.:random.tmp 600'],
      leaked: ['password in what up printed'],
    });
  });
});
