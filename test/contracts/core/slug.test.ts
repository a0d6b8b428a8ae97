import { serviceFile, slug } from '../../../contracts/core/slug';

describe('slug', () => {
  it.each(['dev', 'h-1', '0', 'a'.repeat(63)])('takes %j', (name) =>
    expect(slug.safeParse(name).success).toBe(true),
  );

  it.each(['', 'Dev', '-a', 'a/b', 'a b', 'a\n', 'a'.repeat(64)])('does not take %j', (name) =>
    expect(slug.safeParse(name).success).toBe(false),
  );
});

describe('serviceFile', () => {
  it('tells the file of one service from the file of all', () => {
    expect(serviceFile('billing=a.env')).toEqual({ service: 'billing', path: 'a.env' });
    expect(serviceFile('a.env')).toEqual({ path: 'a.env' });
    expect(serviceFile('/run/KEY=1/a.env')).toEqual({ path: '/run/KEY=1/a.env' });
  });
});
