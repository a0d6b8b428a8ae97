import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseContract, refuseKeys } from '../../contracts/node-contract/contract';
import { bites, isVariableName } from '../../contracts/key-names';
import { Secret } from '../../contracts/core/secret';
import { refusal } from '../../contracts/plan/refusal';
import { readConfiguration } from '../../environment/configuration';
import { readDeclared } from '../../environment/declared-contracts';
import { resolveUndeclared } from '../../environment/declare';
import { Host } from '../../environment/host';
import { temporaryFolder } from '../environment/files/temporary-folder';

/** A contract that asks for a key is written by whoever writes a node, a value by whoever may write a secret. */
const BITING = [
  ...['LD_PRELOAD', 'LD_LIBRARY_PATH', 'LD_AUDIT', 'DYLD_INSERT_LIBRARIES', 'GLIBC_TUNABLES', 'GCONV_PATH'],
  ...[
    'PATH',
    'HOME',
    'IFS',
    'ENV',
    'BASH_ENV',
    'BASH_FUNC_ls',
    'PROMPT_COMMAND',
    'PS4',
    'SHELLOPTS',
    'ZDOTDIR',
  ],
  ...[
    'NODE_OPTIONS',
    'NODE_PATH',
    'NODE_EXTRA_CA_CERTS',
    'NODE_TLS_REJECT_UNAUTHORIZED',
    'NPM_CONFIG_PREFIX',
  ],
  ...[
    'PYTHONPATH',
    'PYTHONSTARTUP',
    'PERL5OPT',
    'PERL5LIB',
    'RUBYOPT',
    'RUBYLIB',
    'GEM_PATH',
    'BUNDLE_GEMFILE',
  ],
  ...['GIT_SSH_COMMAND', 'GIT_DIR', 'GIT_CONFIG_COUNT', 'SSH_ASKPASS', 'LESSOPEN', 'EDITOR', 'PAGER'],
  ...['JAVA_TOOL_OPTIONS', '_JAVA_OPTIONS', 'CLASSPATH', 'DOTNET_STARTUP_HOOKS', 'CORECLR_PROFILER'],
  ...['LUA_INIT', 'PHP_INI_SCAN_DIR', 'OPENSSL_CONF', 'SSL_CERT_FILE', 'MAKEFLAGS', 'TMPDIR'],
];
const ORDINARY = [
  ...[
    'POSTGRES_PASSWORD',
    'KAFKA_ACKS',
    'NODE_NAME',
    'NODE_ENV',
    'HOMEPAGE_URL',
    'PATHS',
    'MY_PATH',
    'ENVIRONMENT',
  ],
  ...[
    'HTTP_PROXY',
    'GITHUB_TOKEN',
    'PAGER_DUTY_KEY',
    'LDAP_URL',
    'RUN_AS',
    '__proto__',
    'constructor',
    '_x',
    'a',
  ],
  ...['SSL_CERT_DIRECTORY', 'JAVA_SERVICE_URL', 'EDITORIAL_API_KEY', 'IFS_URL', 'PS5'],
];

const asking = (...keys: string[]) =>
  parseContract(
    'n/contract.yaml',
    `name: n\ndependencies:\n${keys.map((key) => `  - { type: environment, env_var: ${JSON.stringify(key)} }\n`).join('')}`,
  );

describe('keys that tell programs what to load, run or trust', () => {
  it.each(BITING)('%s is refused in a contract, by name and line, and no value is planned for it', (key) => {
    const [file] = refuseKeys([asking('FINE', key)]);
    expect(file?.requirements.map((requirement) => requirement.key)).toEqual(['FINE']);
    expect(file?.problems).toEqual([
      {
        message: `'${key}' tells programs what to load, run or trust, and is refused as a secret; to insist: --allow-key ${key}`,
        line: 4,
      },
    ]);
    expect(refusal(key, new Secret('x'))).toContain(`--allow-key ${key}`);
  });

  it('are taken where the operator insists, key by key', () => {
    const [file] = refuseKeys([asking('NODE_OPTIONS', 'LD_PRELOAD')], ['NODE_OPTIONS']);
    expect(file?.requirements.map(({ key }) => key)).toEqual(['NODE_OPTIONS']);
    expect(file?.problems).toHaveLength(1);
    expect(refusal('NODE_OPTIONS', new Secret('x'), { allowKeys: ['NODE_OPTIONS'] })).toBeUndefined();
  });

  it.each(ORDINARY)('%s is a name like others', (key) => {
    expect([bites(key), isVariableName(key)]).toEqual([false, true]);
    const [file] = refuseKeys([asking(key)]);
    expect(file?.requirements.map((requirement) => requirement.key)).toEqual([key]);
  });

  it('reach no environment: neither the keys of its nodes nor the variables that are stored with it', async () => {
    await using folder = await temporaryFolder();
    const contracts = join(folder.path, 'n');
    mkdirSync(contracts);
    writeFileSync(
      join(contracts, 'contract.yaml'),
      'name: n\ndependencies:\n  - { type: environment, env_var: LD_PRELOAD }\n  - { type: environment, env_var: FINE }\n',
    );
    const variables = { HOME: folder.path, LD_PRELOAD: '/evil.so', FINE: 'x', ONEX_STATE_DIR: folder.path };
    const configuration = readConfiguration(variables, { workingDir: folder.path, packageDir: folder.path });
    const host = new Host(configuration);
    const stackFile = join(folder.path, 'none.yml');
    const declaring = { environment: 'dev', flags: { contracts: [contracts], stackFile } };
    const { declaration } = await host.declare(declaring);
    expect(Object.keys(declaration.variables)).toEqual(['FINE']);
    const { nodes, unread } = await readDeclared(declaration, 'onex', host.contracts);
    expect(nodes.flatMap(({ requirements }) => requirements.map(({ key }) => key))).toEqual(['FINE']);
    expect(unread).toBe(1);

    const insisting = await resolveUndeclared(configuration, 'dev', declaration, {
      allowKeys: ['LD_PRELOAD'],
    });
    expect((await readDeclared(insisting, 'onex', host.contracts)).unread).toBe(0);
  });
});

describe('names that no environment can hold', () => {
  it.each([
    'SLASH/KEY',
    'HAS SPACE',
    'A=B',
    '1ST',
    'A-B',
    'A.B',
    'ÄRGER',
    'A\nB',
    '$(id)',
    '`id`',
    ' A',
    'A\u0000',
  ])('%j is a problem of its contract, with its line', (key) => {
    const file = asking('FINE', key);
    expect(file.requirements.map((requirement) => requirement.key)).toEqual(['FINE']);
    expect(file.problems).toHaveLength(1);
    expect(file.problems[0]).toMatchObject({
      line: 4,
      message: expect.stringMatching(/names no variable \(letters, digits and "_", no digit first\)/),
    });
  });

  it('are what a shell, too, takes for no name', () => {
    for (const key of [...ORDINARY, ...BITING])
      expect([key, spawnSync('sh', ['-c', `${key}=1`]).status]).toEqual([key, 0]);
  });

  it('are shown in part where they are long', () => {
    const [problem] = asking('x'.repeat(5_000).concat('-')).problems;
    expect(problem?.message.length).toBeLessThan(300);
  });
});
