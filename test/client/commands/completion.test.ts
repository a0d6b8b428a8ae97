import { candidatesFor, completion, completionServer } from '../../../client/commands/completion';
import { createProgram } from '../../../client/program';
import type { Terminal } from '../../../client/terminal';

const program = createProgram(
  '1.0.0',
  () => {
    throw new Error('no command runs');
  },
  () => {},
);
const names = (line: string) => candidatesFor(program, line).map(({ name }) => name);

function terminalOf(lines: string[]): Terminal {
  const line = (text = '') => void lines.push(text);
  return { line, progress: line, live: undefined, paint: (_, text) => text };
}

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('prints a script for %s that asks the program', async (shell) => {
    const lines: string[] = [];
    expect(await completion(shell, { terminal: terminalOf(lines) })).toBe(0);
    expect(lines.join('\n')).toContain('onex-bootstrap completion-server');
  });

  it('names the shells where another one is given', async () => {
    await expect(completion('tcsh', { terminal: terminalOf([]) })).rejects.toMatchObject({
      type: 'BadInput',
      message: 'There is no completion for tcsh; there is one for bash, zsh, fish.',
    });
  });

  it('offers the commands at every level, and no hidden one', () => {
    expect(names('onex-bootstrap ')).toEqual(expect.arrayContaining(['up', 'secrets', 'temporal', 'help']));
    expect(names('onex-bootstrap ')).not.toContain('completion-server');
    expect(names('onex-bootstrap secrets ')).toEqual(expect.arrayContaining(['get', 'list']));
    expect(names('onex-bootstrap secrets ')).not.toContain('up');
  });

  it('offers the options of the command behind a hyphen', () => {
    expect(names('onex-bootstrap up contracts -')).toEqual(
      expect.arrayContaining(['--dry-run', '--environment', '--help']),
    );
    expect(names('onex-bootstrap codec-server grant anna --')).toContain('--minutes');
  });

  it('leaves files, values and the commands of others to the shell', () => {
    for (const line of ['up ', 'up --environment ', 'up -e ', 'exec -- -', 'exec --service x -- ls -'])
      expect([line, names(`onex-bootstrap ${line}`)]).toEqual([line, []]);
  });

  it('tells a shell what each is for', () => {
    const lines: string[] = [];
    const inherited = { SHELL: 'zsh', COMP_LINE: 'onex-bootstrap secrets g' };
    completionServer(program, { terminal: terminalOf(lines), inherited });
    expect(lines).toContain('list:folders and names in a folder');
  });
});
