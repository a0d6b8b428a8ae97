import { inspect } from 'node:util';
import { pino } from 'pino';
import { isSecret, Secret } from '../../../contracts/core/secret';

describe('Secret', () => {
  const secret = new Secret('hunter2-hunter2');

  it('shows itself nowhere', () => {
    const lines: string[] = [];
    pino({}, { write: (line: string) => void lines.push(line) }).info(
      { secret, nested: { secret } },
      String(secret),
    );
    const rendered = [
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }),
      inspect(secret),
      ...lines,
    ];
    expect(rendered.join('\n')).not.toContain('hunter2');
    expect(JSON.stringify({ secret })).toBe('{"secret":"[secret]"}');
  });

  it('compares by value', () => {
    expect(secret.equals(new Secret('hunter2-hunter2'))).toBe(true);
    expect(secret.equals(new Secret('other'))).toBe(false);
  });

  it('is known by its brand, which is no field of it', () => {
    expect(isSecret(secret)).toBe(true);
    expect(isSecret('hunter2-hunter2')).toBe(false);
    expect(Object.keys(secret)).toEqual([]);
  });

  it.each(['', '  ', '\n\t'])('is blank when it is %j', (value) =>
    expect(new Secret(value).isBlank).toBe(true),
  );
});
