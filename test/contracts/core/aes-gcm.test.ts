import { randomBytes } from 'node:crypto';
import { decrypt, encrypt } from '../../../contracts/core/aes-gcm';

const key = randomBytes(32);

describe('encrypt and decrypt', () => {
  it.each(['', 'value', 'пароль 🔑'])('give %j back, and never seal it the same way twice', (text) => {
    expect(decrypt(key, encrypt(key, text, 'a place'), 'a place')).toBe(text);
    expect(encrypt(key, text, 'a place')).not.toBe(encrypt(key, text, 'a place'));
  });

  it('open nothing under another key, from another place, shortened or changed', () => {
    const sealed = encrypt(key, 'value', 'a place');
    const bytes = Buffer.from(sealed, 'base64');
    expect(() => decrypt(randomBytes(32), sealed, 'a place')).toThrow();
    expect(() => decrypt(key, sealed, 'another')).toThrow();
    expect(() => decrypt(key, bytes.subarray(0, 20).toString('base64'), 'a place')).toThrow();
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(() => decrypt(key, changed.toString('base64'), 'a place')).toThrow();
    }
  });
});
