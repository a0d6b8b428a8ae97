import { joined, listed, MOST_NAMES, shortened } from '../../../contracts/run/summaries';

const names = (count: number) => Array.from({ length: count }, (_, index) => `name ${index}`);

describe('lists in payloads', () => {
  it('hold few names whole', () => {
    expect(listed(['a', 'b'])).toEqual({ count: 2, first: ['a', 'b'] });
  });

  it('count all, and hold the first ones, each of bounded length', () => {
    const many = listed(names(40_000).map((name) => `${name} ${'x'.repeat(1_000)}`));
    expect(many.count).toBe(40_000);
    expect(many.first).toHaveLength(MOST_NAMES);
    for (const [index, name] of many.first.entries()) expect(name).toMatch(new RegExp(`^name ${index} x+…$`));
    expect(JSON.stringify(many).length).toBeLessThan(5 * 1024);
  });

  it('stay bounded when they are joined', () => {
    const both = joined(listed(names(15)), listed(['one', ...names(15)]));
    expect(both).toEqual({ count: 31, first: [...names(15), 'one', ...names(4)] });
  });

  it('shorten a text only where it is too long', () => {
    expect([shortened('abcd', 4), shortened('abcde', 4)]).toEqual(['abcd', 'abc…']);
  });
});
