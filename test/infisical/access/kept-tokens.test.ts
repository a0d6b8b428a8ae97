import { Secret } from '../../../contracts/core/secret';
import { keepToken, keptToken } from '../../../infisical/access/kept-tokens';

describe('the token of a moment ago', () => {
  const environment = {};
  const holder = { address: 'http://a', name: 'client', secret: new Secret('one') };
  beforeEach(() => keepToken(environment, holder, new Secret('token')));
  afterEach(() => jest.restoreAllMocks());

  it('is for the same holder, by an equal secret', () => {
    expect(keptToken(environment, { ...holder, secret: new Secret('one') })?.reveal()).toBe('token');
  });

  it.each([
    ['another server', environment, { ...holder, address: 'http://b' }],
    ['another name', environment, { ...holder, name: 'other' }],
    ['another secret, as after a rotation', environment, { ...holder, secret: new Secret('two') }],
    ['nobody’s secret', environment, { address: holder.address, name: holder.name }],
    ['another environment', {}, holder],
  ])('is not for %s', (_, place, asked) => {
    expect(keptToken(place, asked)).toBeUndefined();
  });

  it('is forgotten after a minute', () => {
    const now = performance.now();
    jest.spyOn(performance, 'now').mockReturnValue(now + 61_000);
    expect(keptToken(environment, holder)).toBeUndefined();
  });
});
