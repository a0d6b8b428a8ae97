import { FailureType } from '../../../contracts/core/failures';
import { parseRunRef } from '../../../contracts/run/run-ref';

const ref = { environment: 'dev', declaration: 'a'.repeat(64), dryRun: false, overwrite: ['API_KEY'] };

describe('the reference of a step to its run', () => {
  it('is names, a digest and choices', () => {
    expect(parseRunRef(ref)).toEqual(ref);
  });

  it.each([
    ['a path', { environment: '../prod' }, 'environment: '],
    ['an unknown field', { stateDir: '/etc' }, 'stateDir: unknown field'],
    ['a digest that is none', { declaration: 'newest' }, '64 hexadecimal digits'],
    ['keys without end', { overwrite: Array.from({ length: 201 }, () => 'K') }, 'overwrite: '],
  ])('is refused with %s', (_what, over, words) => {
    expect(() => parseRunRef({ ...ref, ...over })).toThrow(
      expect.objectContaining({ type: FailureType.badInput, message: expect.stringContaining(words) }),
    );
  });
});
