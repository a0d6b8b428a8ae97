import { Command } from 'commander';
import {
  choicesOf,
  declaredOptions,
  withChoices,
  withDeclareOptions,
  type ChoiceFlags,
  type DeclareFlags,
} from '../../client/options';

function parsed(...args: string[]) {
  let found: unknown;
  const command = withChoices(withDeclareOptions(new Command('up'))).action(
    (dirs: string[], flags: DeclareFlags & ChoiceFlags) => {
      found = { options: declaredOptions(dirs, flags, '/work'), choices: choicesOf('dev', flags) };
    },
  );
  command.exitOverride().parse(args, { from: 'user' });
  return found as { options: unknown; choices: unknown };
}

describe('the options of up, declare and plan', () => {
  it('say nothing where none is given', () =>
    expect(parsed()).toEqual({ options: {}, choices: { environment: 'dev' } }));

  it('make paths absolute', () => {
    expect(parsed('contracts', '../other', '--values', '.env', '--values', 'billing=b.env').options).toEqual({
      contracts: ['/work/contracts', '/other'],
      values: [{ path: '/work/.env' }, { service: 'billing', path: '/work/b.env' }],
    });
  });

  it('take an external Infisical, a machine class and another layout', () => {
    const args = ['--infisical', 'https://s.example', '--machine-class', 'mac', '--folder', 'database=db'];
    expect(parsed(...args).options).toEqual({
      infisical: 'https://s.example',
      machineClass: 'mac',
      folders: { database: 'db' },
    });
  });

  it('say what identities may do, and for how long', () => {
    const args = [
      '--isolate',
      '--token-age',
      '12h',
      '--client-secret-age',
      '90d',
      '--rotate-within',
      '30d',
      '--trusted-ip',
      '10.0.0.0/8',
    ];
    const files = ['--runtime-env', 'r.env', '--runtime-env', 'billing=b.env'];
    expect(parsed(...args, ...files).options).toEqual({
      isolate: true,
      tokenAge: 43_200,
      secretAge: 7_776_000,
      rotateWithin: 2_592_000,
      trustedIps: ['10.0.0.0/8'],
      runtimeEnvFile: '/work/r.env',
      serviceEnvFiles: { billing: '/work/b.env' },
    });
  });

  it.each([
    ['--token-age', '0', 'is no time like 30m'],
    ['--token-age', '60s', '5m at least'],
    ['--token-age', 'soon', 'is no time like 30m'],
    ['--trusted-ip', '10.0.0.0/64', 'an address or network'],
    ['--trusted-ip', 'example.com', 'an address or network'],
  ])('refuse %s %s', (flag, given, why) => expect(() => parsed(flag, given)).toThrow(why));

  it('say how an Infisical is known, and that it may be spoken to in clear', () => {
    const args = ['--infisical', 'http://10.0.0.5:8080', '--insecure-http', '--infisical-ca', 'ca.pem'];
    expect(parsed(...args).options).toEqual({
      infisical: 'http://10.0.0.5:8080',
      infisicalCa: '/work/ca.pem',
      insecureHttp: true,
    });
  });

  it('have values expanded, or as written again', () => {
    expect([parsed('--expand').options, parsed('--no-expand').options]).toEqual([
      { expand: true },
      { expand: false },
    ]);
  });

  it('refuse references, or seed them again', () => {
    expect(parsed('--refuse-references').options).toEqual({ refuseReferences: true });
    expect(parsed('--no-refuse-references').options).toEqual({ refuseReferences: false });
  });

  it.each([
    [['--overwrite'], true],
    [
      ['--overwrite', 'A_KEY', '--overwrite', 'B_KEY'],
      ['A_KEY', 'B_KEY'],
    ],
  ])('take %j as keys to overwrite', (args, overwrite) => {
    expect(parsed(...args).choices).toEqual({ environment: 'dev', overwrite });
  });

  it.each([
    [['--environment', 'Bad Name'], /--environment Bad Name/],
    [['--machine-class', 'A B'], /--machine-class A B/],
    [['--project', 'abc'], /--project abc: .* 5 to 36/],
    [['--folder', 'database'], /TRANSPORT=FOLDER/],
  ])('refuse %j with the name of the option', (args, message) => {
    expect(() => parsed(...args)).toThrow(message);
  });
});
