import { judgeFailure } from '../../../verification/random-faults/judge-failure';

const judged = (type: string, message: string) =>
  judgeFailure({ ended: 'failed', type, message, seconds: 1 });
const GOOD = 'GET /api/status: no answer within 3000 ms. Start it, and run up again.';

describe('judgeFailure', () => {
  it('takes a failure of ours that names the thing and the remedy', () => {
    expect(judged('Unavailable', GOOD)).toEqual([]);
  });

  it.each([
    ['Unexpected', GOOD, 'its type is Unexpected'],
    ['Refused', `${GOOD}\n    at send (/a.js:1:2)`, 'its message has noise of the code in it'],
    ['Refused', 'It failed. Run up again.', 'its message names no thing'],
    ['Refused', 'GET /api/status: 500 Something went wrong', 'its message names no remedy'],
    ['Refused', `${GOOD} ${'x'.repeat(1000)}`, 'its message has 1071 characters'],
  ])('finds fault with %s: %.60s', (type, message, problem) => {
    expect(judged(type, message)).toEqual([problem]);
  });
});
