import { signJwt, verifyJwt } from '../../../dev-infisical/http/jwt';

describe('jwt', () => {
  it('gives the signed claims back, with an expiry where a lifetime was named', () => {
    const claims = verifyJwt('secret', signJwt('secret', { userId: 'u' }, 60));
    expect(claims).toMatchObject({ userId: 'u', exp: claims.iat + 60 });
    expect(verifyJwt('secret', signJwt('secret', {}))).not.toHaveProperty('exp');
  });

  it.each([
    ['malformed', 'garbage', 'malformed'],
    ['empty', '', 'must be provided'],
    ['undecodable', 'a.b.c', 'invalid token'],
    ['forged', signJwt('another secret', {}), 'invalid signature'],
    ['expired', signJwt('secret', {}, -1), 'expired'],
  ])('refuses a %s token with 403', (_kind, token, message) => {
    expect(() => verifyJwt('secret', token)).toThrow(
      expect.objectContaining({
        status: 403,
        error: 'TokenError',
        message: expect.stringContaining(message),
      }),
    );
  });

  it('refuses claims that were changed', () => {
    const [header, , signature] = signJwt('secret', { userId: 'u' }).split('.');
    const claims = Buffer.from('{"userId":"another"}').toString('base64url');
    expect(() => verifyJwt('secret', [header, claims, signature].join('.'))).toThrow('invalid signature');
  });
});
