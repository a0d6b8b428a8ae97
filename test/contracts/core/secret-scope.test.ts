import { Secret } from '../../../contracts/core/secret';
import { scrub, withSecretScope } from '../../../contracts/core/secret-scope';

describe('scrub', () => {
  it('takes out every secret that its scope made, the longest first', () => {
    withSecretScope(() => {
      new Secret('abcd');
      new Secret('abcdefgh');
      expect(scrub('it was abcdefgh, then abcd')).toBe('it was [secret], then [secret]');
    });
  });

  it('knows nothing of other scopes', () => {
    withSecretScope(() => new Secret('from elsewhere'));
    expect(scrub('from elsewhere')).toBe('from elsewhere');
  });

  it.each([
    ['a URL', encodeURIComponent('p@ss/w:rd')],
    ['JSON', JSON.stringify('p@ss"w:rd').slice(1, -1)],
    ['base64', Buffer.from('p@ss/w:rd').toString('base64')],
  ])('finds a secret as %s writes it', (_, written) => {
    withSecretScope(() => {
      new Secret('p@ss/w:rd');
      new Secret('p@ss"w:rd');
      expect(scrub(`before ${written} after`)).toBe('before [secret] after');
    });
  });
});
