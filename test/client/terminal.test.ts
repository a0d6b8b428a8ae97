import { styleText } from 'node:util';
import { createTerminal, harmless, pasteable } from '../../client/terminal';

describe('what is printed', () => {
  const shown = (text: string, environment?: string) =>
    pasteable(text, '/opt/bin/onex-bootstrap', environment);

  it('names this program by its path', () => {
    expect(shown('run: onex-bootstrap up. Without onex-bootstrap: docker compose up')).toBe(
      'run: /opt/bin/onex-bootstrap up. Without onex-bootstrap: docker compose up',
    );
  });

  it.each([
    ['run: onex-bootstrap up', 'run: onex-bootstrap up -e prod'],
    [
      'onex-bootstrap down --volumes (its data is lost)',
      'onex-bootstrap down -e prod --volumes (its data is lost)',
    ],
    ['onex-bootstrap up -e dev', 'onex-bootstrap up -e dev'],
    ['onex-bootstrap declare --environment dev', 'onex-bootstrap declare --environment dev'],
    [
      'onex-bootstrap rotate client-secrets -e dev --overlap 1s',
      'onex-bootstrap rotate client-secrets -e dev --overlap 1s',
    ],
    [
      'onex-bootstrap down, then onex-bootstrap up -e dev',
      'onex-bootstrap down -e prod, then onex-bootstrap up -e dev',
    ],
    ['onex-bootstrap restore FILE', 'onex-bootstrap restore FILE'],
    ['onex-bootstrap worker', 'onex-bootstrap worker'],
    ['onex-bootstrap upwards', 'onex-bootstrap upwards'],
  ])('names the environment that was asked for: %s', (text, named) => {
    expect(pasteable(text, 'onex-bootstrap', 'prod')).toBe(named);
    expect(pasteable(text, 'onex-bootstrap', undefined)).toBe(text);
  });
});

describe('what a server says', () => {
  it.each([
    ['a line that is erased', 'done\u001b[2K\rdev is up', String.raw`done\u{1b}[2K\u{d}dev is up`],
    [
      'a title, and a link',
      '\u001b]0;x\u0007 \u009d8;;http://x\u009c',
      String.raw`\u{1b}]0;x\u{7} \u{9d}8;;http://x\u{9c}`,
    ],
    ['a backspace', 'no\b\byes', String.raw`no\u{8}\u{8}yes`],
    ['hidden text', '\u001b[8mx', String.raw`\u{1b}[8mx`],
    ['text that is turned', 'a\u202egnp.exe', String.raw`a\u{202e}gnp.exe`],
  ])('does nothing to a terminal: %s', (_, said, shown) => expect(harmless(said)).toBe(shown));

  it('keeps its lines, its letters, and our colours', () => {
    for (const text of [
      'a\tb\r\nc\n',
      'Größe ключ 🔑 –',
      styleText('green', '✔'),
      styleText(['bold', 'red'], '✘'),
    ])
      expect(harmless(text)).toBe(text);
  });

  it.each([true, false])('is as it is where nobody looks (terminal: %s)', (isTTY) => {
    const written: string[] = [];
    const stream = { isTTY, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
    const terminal = createTerminal({ stdout: stream, stderr: stream }, { colours: false });
    terminal.line('a\u001b[2Jb');
    terminal.progress('a\u001b[2Jb');
    const shown = isTTY ? String.raw`a\u{1b}[2Jb` : 'a\u001b[2Jb';
    expect(written).toEqual([`${shown}\n`, `${shown}\n`]);
  });
});
