import { mergeValues } from '../../../contracts/values/merge-values';
import { secrets } from '../plan/fixture';

describe('mergeValues', () => {
  it('lets later files win, but not with a blank value', () => {
    const merged = mergeValues([secrets({ A: '1', B: '1', C: '' }), secrets({ A: '2', B: ' ', D: '2' })]);
    const values = [...merged].map(([key, value]) => `${key}=${value.reveal()}`);
    expect(values).toEqual(['A=2', 'B=1', 'C=', 'D=2']);
  });
});
