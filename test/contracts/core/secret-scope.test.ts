import { Secret, shownSecrets } from '../../../contracts/core/secret';
import { knowNames, scrub, withSecretScope } from '../../../contracts/core/secret-scope';

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

  it('knows those that it is given, and those of the scope around it', () => {
    const given = [new Secret('from an argument')];
    withSecretScope(() => {
      new Secret('from the outer scope');
      withSecretScope(() => {
        expect(scrub('from an argument, from the outer scope')).toBe('[secret], [secret]');
      });
    }, given);
  });

  it('leaves alone what messages may show, also where it is used', () => {
    withSecretScope(() => {
      shownSecrets(() => new Secret('http://127.0.0.1:8881')).reveal();
      expect(scrub('at http://127.0.0.1:8881')).toBe('at http://127.0.0.1:8881');
    });
  });

  it('shows names that messages need, though some value is the same word', () => {
    withSecretScope(() => {
      new Secret('billing');
      new Secret('billing-4711');
      knowNames(['billing']);
      withSecretScope(() =>
        expect(scrub('/services/billing: billing-4711')).toBe('/services/billing: [secret]'),
      );
    });
  });

  it('knows what is used in it, however long ago that was made', () => {
    const token = new Secret('made-before-1234');
    withSecretScope(() => {
      expect(scrub('made-before-1234')).toBe('made-before-1234');
      token.reveal();
      expect(scrub('made-before-1234')).toBe('[secret]');
    });
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
