import { didYouMean } from '../../../stack/compose/suggestions';

describe('didYouMean', () => {
  it.each([
    ['imagee', 'image'],
    ['enviroment', 'environment'],
    ['prots', 'ports'],
    ['Ports', 'ports'],
    ['cap_add', undefined],
  ])('%s: %s', (word, expected) => {
    expect(didYouMean(word, ['image', 'environment', 'ports', 'volumes'])).toBe(expected);
  });
});
