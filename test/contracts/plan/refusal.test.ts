import { Secret } from '../../../contracts/core/secret';
import { refusal } from '../../../contracts/plan/refusal';

describe('refusal', () => {
  it.each(['x', 'two\nlines', 'ends with one newline\n', '${NOT_EXPANDED}', 'ü 😀', 'x'.repeat(250_000)])(
    'has nothing against a value that comes back as it was sent',
    (value) => expect(refusal('KEY', new Secret(value))).toBeUndefined(),
  );

  it.each([
    [' x', 'white space'],
    ['x\n\n', 'white space'],
    ['x\r\n', 'white space'],
    ['\u00a0x', 'white space'],
    ['a\0b', 'NUL'],
    ['\ud800', 'not valid Unicode'],
    ['x'.repeat(1024 * 1024), 'the value is 1048578 bytes as JSON, the limit is 262144 (256 KiB)'],
    ['"'.repeat(140_000), 'limit'],
  ])('says what would happen to the value, without quoting it', (value, reason) => {
    expect(refusal('KEY', new Secret(value))).toContain(reason);
  });

  it.each([
    ['', 'empty'],
    ['A/B', 'other characters'],
    ['A:B', 'other characters'],
    ['A B', 'other characters'],
    ['..', 'dots'],
    ['K'.repeat(101), 'longer than 100'],
  ])('does not accept the key %j', (key, reason) => {
    expect(refusal(key, new Secret('x'))).toContain(reason);
  });
});
