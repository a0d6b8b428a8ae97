import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkClock, infisicalClock } from '../../environment/machine';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const DAY = 86_400_000;
const look = (skew: number) =>
  checkClock({ of: 'the Docker Engine', theirs: NOW + skew, ours: NOW }).map(({ message }) => message);

describe('a clock', () => {
  it('may be off by minutes', () => {
    expect([0, 299_000, -299_000].flatMap(look)).toEqual([]);
  });

  it.each([
    [
      DAY,
      /^The clock of the Docker Engine says 2026-11-26T12:00:00Z, this machine's .*: 24 hours ahead of it/,
    ],
    [-3 * DAY, / 3 days behind it, .* timedatectl set-ntp true$/],
    [301_000, / 5 minutes ahead of it/],
  ])('that is off by %d ms is named with both times and the remedy', (skew, message) => {
    expect(look(skew)).toEqual([expect.stringMatching(message)]);
  });

  it('that tells no time is not judged', () => {
    expect(look(NaN)).toEqual([]);
  });
});

describe('the clock of an Infisical', () => {
  it('is read from the date of its answer', async () => {
    const server = createServer((_, answer) => {
      answer.setHeader('date', new Date(NOW).toUTCString());
      answer.end('{}');
    }).listen(0);
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await infisicalClock(address)).toMatchObject({ of: `Infisical at ${address}`, theirs: NOW });
    server.close();
  });

  it('is not known where nobody answers', async () => {
    expect(await infisicalClock('http://127.0.0.1:1')).toBeUndefined();
  });
});
