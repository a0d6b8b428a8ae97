import { Command } from 'commander';
import { bootstrapInput, withBootstrapOptions, type BootstrapFlags } from '../../client/bootstrap-options';

function inputOf(...args: string[]) {
  let input: unknown;
  const command = withBootstrapOptions(new Command('up')).action((dirs: string[], flags: BootstrapFlags) => {
    input = bootstrapInput(dirs, flags, '/work');
  });
  command.exitOverride().parse(args, { from: 'user' });
  return input;
}

describe('the options of up and plan', () => {
  it('leave everything to the worker when none is given', () => expect(inputOf()).toEqual({}));

  it('make paths absolute, because the worker may run elsewhere', () => {
    expect(inputOf('contracts', '../other', '--env-file', '.env', '--env-file', 'billing=b.env')).toEqual({
      contracts: ['/work/contracts', '/other'],
      envFiles: ['/work/.env', 'billing=/work/b.env'],
    });
  });

  it('take an external Infisical, a machine class and another layout', () => {
    const args = ['--infisical', 'https://s.example', '--machine-class', 'mac', '--folder', 'database=db'];
    expect(inputOf(...args)).toEqual({
      infisical: 'https://s.example',
      machineClass: 'mac',
      folders: { database: 'db' },
    });
  });

  it.each([
    [['--infisical', 'ftp://x'], /infisical/],
    [['--environment', 'Bad Name'], /environment/],
    [['--folder', 'database'], /TRANSPORT=FOLDER/],
  ])('refuse %j with the name of the option', (args, message) => {
    expect(() => inputOf(...args)).toThrow(message);
  });
});
