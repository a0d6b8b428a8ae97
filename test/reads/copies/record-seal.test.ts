import { lastKnownGoodKey } from '../../../reads/copies/record-seal';
import { Secret } from '../../../contracts/core/secret';

const clientSecret = new Secret('client secret of 64 characters');
const operators = new Secret('text of the operator');

describe('lastKnownGoodKey', () => {
  it('gives the same key for the same text, and another for another', () => {
    const key = (given: Secret | undefined, secret = clientSecret) =>
      lastKnownGoodKey(given, secret).reveal();
    expect(key(operators)).toBe(key(operators, new Secret('rotated')));
    expect(key(operators)).toBe(key(new Secret('text of the operator\n')));
    expect(key(undefined)).toBe(key(new Secret(' ')));
    expect(new Set([key(undefined), key(operators), key(clientSecret), key(undefined, operators)]).size).toBe(
      4,
    );
    expect(key(operators)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('refuses a text that is too short, without showing it', () => {
    expect(() => lastKnownGoodKey(new Secret('  short  '), clientSecret)).toThrow(
      /has 5 characters, at least 16 are needed/,
    );
  });
});
