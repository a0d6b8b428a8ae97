import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithEngine } from '../stack/engine/real-engine';
import { expectExit, Installation } from '../support/installation';
import { freePort } from '../support/local-services';

jest.setTimeout(240_000);

const folder = join(__dirname, '..', 'stack', 'compose', 'real-files', 'infisical');
const contract = 'name: node_one\ndependencies:\n  - type: environment\n    env_var: ONE_KEY\n';

/** Infisical's own production file with its .env: two host ports and the names of containers are this test's own. */
describeWithEngine('Infisical’s production file', () => {
  let installation: Installation;
  const at = (name: string) => join(installation.stateDir, 'infisical', name);
  beforeAll(async () => {
    installation = await Installation.create();
    const { environment } = installation;
    mkdirSync(at('contracts'), { recursive: true });
    cpSync(join(folder, 'dotenv'), at('.env'));
    const source = readFileSync(join(folder, 'docker-compose.prod.yml'), 'utf8')
      .replace('80:8080', `${await freePort()}:8080`)
      .replace('6379:6379', `${await freePort()}:6379`)
      .replaceAll('container_name: ', `container_name: ${environment}-`);
    writeFileSync(at('docker-compose.prod.yml'), `name: ${environment}\n${source}`);
    writeFileSync(at('contracts/contract.yaml'), contract);
    writeFileSync(at('values.env'), 'ONE_KEY=one\n');
  });
  afterAll(() => installation.remove());

  it('comes up, stays as it is, and goes down also when an external Infisical took its place', async () => {
    const { environment } = installation;
    const declared = ['--stack', at('docker-compose.prod.yml'), '--values', at('values.env')];
    const first = await installation.run('up', at('contracts'), ...declared);
    expectExit(0, first);
    expect(first.stdout).toMatch(/db-migration +created +ended with code 0/);
    expect(first.stdout).toMatch(/backend can be reached from other machines: 0\.0\.0\.0:\d+/);
    const given = installation.docker(
      'inspect',
      '--format',
      '{{json .Config.Env}}',
      `${environment}-infisical-backend`,
    );
    expect(JSON.parse(given)).toEqual(
      expect.arrayContaining([
        'DB_CONNECTION_URI=postgres://infisical:infisical@db:5432/infisical',
        'NODE_ENV=production',
        'SMTP_PASSWORD=',
      ]),
    );

    const second = await installation.run('up');
    expectExit(0, second);
    expect(second.stdout).toContain('is up: 0 changes');

    expectExit(0, await installation.run('declare', '--infisical', 'http://127.0.0.1:9'));
    const down = await installation.run('down');
    expectExit(0, down);
    expect(down.stdout.match(/removed (container|network)/g)).toHaveLength(5);
    expect(installation.docker('ps', '-aq', '--filter', `label=onex.environment=${environment}`)).toBe('');
  });

  it('is refused before anything starts where it brings no Infisical that can be used', async () => {
    const file = at('other.yml');
    writeFileSync(file, 'services:\n  db: { image: postgres:16-alpine }\n');
    const { code, stderr, seconds } = await installation.run('up', at('contracts'), '--stack', file);
    expect(code).toBe(2);
    expect(stderr).toMatch(/line 2: services: none of them is an Infisical, .*--infisical URL/);
    expect(seconds).toBeLessThan(60);
    expect(
      installation.docker('ps', '-aq', '--filter', `label=onex.environment=${installation.environment}`),
    ).toBe('');
  });
});
