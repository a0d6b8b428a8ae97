import fc from 'fast-check';
import { secretValue } from '../../../dev-infisical/secrets/fields';

describe('secretValue', () => {
  it.each([
    ['  padded  ', 'padded'],
    [' a\n\n\n', 'a\n'],
    ['a\r\nb\r\n', 'a\r\nb\n'],
    ['\n', '\n'],
    ['', ''],
  ])('turns %j into %j', (given, stored) => {
    expect(secretValue.parse(given)).toBe(stored);
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (given) => {
        const stored = secretValue.parse(given);
        expect(secretValue.parse(stored)).toBe(stored);
      }),
    );
  });
});
