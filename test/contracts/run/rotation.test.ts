import { overlapOf } from '../../../contracts/run/rotation';

it.each([
  [['client-secrets'], undefined, 60],
  [['client-secrets', 'admin-password'], 600, 600],
  [['admin-password'], undefined, 0],
  [['postgres-password', 'API_KEY'], 600, 0], // nothing of them can stand beside its next one
])('the overlap of %j, asked for as %s, is %d s', (names, asked, seconds) => {
  expect(overlapOf(names, asked)).toBe(seconds);
});
