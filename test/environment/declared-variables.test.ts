import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfiguration } from '../../environment/configuration';
import { Host } from '../../environment/host';
import { declaredIn } from '../support/declared';
import { temporaryFolder } from './files/temporary-folder';

const CONTRACT = 'name: n1\ndependencies:\n  - type: environment\n    env_var: A_KEY\n';

describe('the variables of a stack file', () => {
  const stack = [
    'name: dotenv',
    'services:',
    '  holder:',
    '    image: node:20-alpine',
    '    env_file: own.env',
    '    environment: { URL: "${URL}", PW: "${PW}", BLANK: "${BLANK}", PORT: "${PORT}" }',
  ].join('\n');
  const dotenv =
    'DB_USER=app\nURL=postgres://${DB_USER}:${DB_PASSWORD:-s3cret}@db\nPW=abc#def\nBLANK=\nPORT=1\n';

  async function beside(variables: Record<string, string> = {}, options: { envFiles?: string[] } = {}) {
    const folder = await temporaryFolder();
    const at = (name: string) => join(folder.path, name);
    mkdirSync(at('stack'));
    writeFileSync(at('stack/compose.yml'), stack);
    writeFileSync(at('stack/.env'), dotenv);
    writeFileSync(at('stack/own.env'), "OWN=${PW}\nURL=lost\nEXACT='${PW}'\n");
    writeFileSync(at('other.env'), 'URL=u\nPW=p\nBLANK=b\nPORT=2\n');
    const { environment } = await declaredIn(
      folder.path,
      {
        stackFile: at('stack/compose.yml'),
        ...options,
        ...(options.envFiles && { envFiles: [at('other.env')] }),
      },
      { variables },
    );
    return environment;
  }

  it('come from the .env beside it, as Compose reads it; env_file is below environment', async () => {
    const environment = await beside();
    expect((await environment.stack()).services['holder']?.environment).toEqual({
      URL: 'postgres://app:s3cret@db',
      PW: 'abc#def',
      BLANK: '',
      PORT: '1',
      OWN: 'abc#def',
      EXACT: '${PW}',
    });
    expect(Object.keys(environment.declaration.variables)).toEqual([]);
  });

  it('come from the shell first, also within the .env', async () => {
    const environment = await beside({ DB_USER: 'root', PORT: '9' });
    expect((await environment.stack()).services['holder']?.environment).toMatchObject({
      URL: 'postgres://root:s3cret@db',
      PORT: '9',
    });
  });

  it('come from --env-file in its place', async () => {
    const environment = await beside({}, { envFiles: ['other'] });
    expect((await environment.stack()).services['holder']?.environment).toMatchObject({ URL: 'u', PW: 'p' });
  });
});

it('reads the working directory’s .env for a stack as Compose does, whatever it is to others', async () => {
  await using folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  writeFileSync(
    at('compose.yml'),
    'services: { a: { image: x, environment: { PW: "${PW}", A_KEY: "${A_KEY}" } } }',
  );
  writeFileSync(at('.env'), 'PW=abc#def\nA_KEY=one#two\n');
  mkdirSync(at('contracts'));
  writeFileSync(at('contracts/contract.yaml'), CONTRACT);
  const configuration = readConfiguration(
    { HOME: folder.path, ONEX_STATE_DIR: at('state') },
    { workingDir: folder.path, packageDir: folder.path, dotenv: { PW: 'abc', A_KEY: 'one' } },
  );
  const host = new Host(configuration);
  await host.declare({
    environment: 'dev',
    flags: { stackFile: at('compose.yml'), contracts: [at('contracts')], nodesDir: at('nodes') },
  });
  const environment = await host.newest('dev');
  expect((await environment.stack()).services['a']?.environment).toEqual({ PW: 'abc#def', A_KEY: 'one#two' });
  expect([...environment.variables].map(([name, value]) => [name, value.reveal()])).toEqual([
    ['A_KEY', 'one'],
  ]);
});
