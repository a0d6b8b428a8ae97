import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import type { RequirementsOutline } from '../../contracts/report/outlines';
import type { SeedReport } from '../../contracts/report/seed-report';
import { Installation } from '../support/installation';

const MINUTE = 60_000;
const root = join(__dirname, '..', '..');
const stack = readFileSync(join(root, 'docker-compose.yml'), 'utf8');

/** Nothing here gets as far as a container: every refusal comes before the first of them. */
describe('input that cannot be used', () => {
  let installation: Installation;
  let dir: string;

  beforeAll(async () => {
    installation = await Installation.create();
    dir = installation.stateDir;
    const files = {
      'misspelt.yml': stack.replace('volumes:', 'volumez:'),
      'cycle.yml': stack.replace('    secrets: [postgres_password]', '    depends_on: [infisical]'),
      'broken.yml': 'name: [\n',
      'registry.yaml': 'version: "1.0"\nshard: {}\n',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
    execFileSync('mkfifo', [join(dir, 'pipe.env')]);
  });
  afterAll(() => installation.remove(), MINUTE);

  async function refusal(variables: Record<string, string>, ...args: string[]) {
    Object.assign(installation.variables, variables);
    const { code, stdout } = await installation.run(...args, '--json');
    for (const name of Object.keys(variables)) delete installation.variables[name];
    const { outcome, message } = JSON.parse(stdout);
    expect(outcome).toBe('failed');
    return { code, message };
  }

  it.each<[string, Record<string, string>, string[], number, RegExp]>([
    ['an unknown option', {}, ['--owerwrite'], 2, /unknown option '--owerwrite'[^]*--overwrite/],
    ['a folder that is not there', {}, ['nowhere'], 2, /no contracts at .*nowhere/],
    ['an env file that is not there', {}, ['--env-file', 'no.env'], 2, /no\.env cannot be read: there is no/],
    ['a pipe', {}, ['--env-file', 'pipe.env'], 2, /pipe\.env cannot be read: .* write it to one/],
    ['an unknown machine class', {}, ['--machine-class', 'nix'], 2, /looked for overlays\/nix\.yaml/],
    ['a registry of another shape', {}, ['--registry', 'registry.yaml'], 2, /registry\.yaml/],
    ['a misspelt field', {}, ['--stack', 'misspelt.yml'], 2, /line \d+: .*volumez.*mean volumes/],
    ['a dependency cycle', {}, ['--stack', 'cycle.yml'], 2, /postgres → infisical → postgres/],
    ['broken YAML', {}, ['--stack', 'broken.yml'], 2, /broken\.yml[^]*line \d/],
    ['half an identity', { INFISICAL_CLIENT_ID: 'x' }, [], 2, /INFISICAL_CLIENT_SECRET and .* are missing/],
    ['no engine there', { DOCKER_HOST: 'tcp://127.0.0.1:1' }, [], 3, /DOCKER_HOST=tcp:.*ECONNREFUSED/],
    ['no Temporal there', { TEMPORAL_ADDRESS: '127.0.0.1:1' }, [], 3, /TEMPORAL_ADDRESS/],
    ['a state directory in a file', { ONEX_STATE_DIR: '/dev/null/x' }, [], 3, /ONEX_STATE_DIR/],
    ['a state directory in /proc', { ONEX_STATE_DIR: '/proc/x' }, [], 3, /ONEX_STATE_DIR/],
  ])(
    '%s is refused in one message',
    async (_what, variables, args, code, message) => {
      const found = await refusal(variables, 'up', ...args);
      expect(found).toEqual({ code, message: expect.stringMatching(message) });
    },
    MINUTE,
  );

  it(
    'a taken port is refused by its holder',
    async () => {
      const server = createServer().listen(
        Number(installation.variables['VALKEY_EXTERNAL_PORT']),
        '127.0.0.1',
      );
      const found = await refusal({}, 'up');
      server.close();
      expect(found).toEqual({
        code: 1,
        message: expect.stringMatching(/Port 127\.0\.0\.1:\d+, which valkey.*VALKEY_EXTERNAL_PORT/),
      });
    },
    MINUTE,
  );

  it(
    'bad files do not stop the good ones, and bad values not the others',
    async () => {
      const contracts = join(dir, 'contracts');
      cpSync(join(root, 'examples', 'onex', 'contracts'), contracts, { recursive: true });
      const bad = {
        broken: 'name: x\n  bad: [\n',
        empty: '',
        huge: 'a'.repeat(1024 * 1024 + 1),
        double: 'name: a\n---\nname: b\n',
      };
      for (const [name, text] of Object.entries(bad)) {
        mkdirSync(join(contracts, name));
        writeFileSync(join(contracts, name, 'contract.yaml'), text);
      }
      const megabyte = 'B'.repeat(1024 * 1024);
      const lines = [
        '\ufeffQDRANT_API_KEY=after-a-mark',
        'QDRANT_HOST=" edges "',
        'GRAPH_HOST=${HOME}',
        'CHAT_BOT_TOKEN="a\nb"',
        'KAFKA_ACKS=n\0ul',
        `CHAT_CHANNEL_ID=${megabyte}`,
        'no assignment',
      ];
      const bytes = Buffer.concat([
        Buffer.from(lines.join('\r\n')),
        Buffer.from('\r\nSMTP_URL=\xff\xfe', 'latin1'),
      ]);
      writeFileSync(join(dir, 'bad.env'), bytes);

      const { code, stdout } = await installation.run('plan', contracts, '--env-file', 'bad.env', '--json');
      expect(code).toBe(4);
      const plan = JSON.parse(stdout) as SeedReport & { contracts: RequirementsOutline };
      expect(plan.contracts).toMatchObject({ files: 16, nodes: 11 });
      const problems = plan.contracts.problems.join('\n');
      expect(problems).toMatch(/broken\/contract\.yaml:\d/);
      expect(problems).toMatch(/huge\/contract\.yaml: larger than 1 MiB/);
      expect(problems).toMatch(/double\/contract\.yaml:2: .*multiple documents/);
      expect(plan.rows.CREATE).toMatchObject({
        '/shared/qdrant': ['QDRANT_API_KEY'],
        '/shared/graph': ['GRAPH_HOST'],
        '/shared/env': ['CHAT_BOT_TOKEN'],
      });
      expect(plan.rows.REFUSED).toEqual({
        '/shared/env': ['CHAT_CHANNEL_ID'],
        '/shared/kafka': ['KAFKA_ACKS'],
        '/shared/qdrant': ['QDRANT_HOST'],
      });
      const warnings = plan.warnings.join('\n');
      expect(warnings).toMatch(/SMTP_URL: not UTF-8/);
      expect(warnings).toMatch(/bad\.env:8: neither KEY=value nor a comment/);
      expect(stdout).not.toContain(megabyte.slice(0, 100));
    },
    MINUTE,
  );

  it(
    'looking at nothing changes nothing, in JSON too',
    async () => {
      const fresh = await Installation.create();
      const status = await fresh.run('status', '--json');
      expect(status.code).toBe(1);
      expect(JSON.parse(status.stdout)).toMatchObject({ up: false });
      expect(JSON.parse((await fresh.run('down', '--json')).stdout)).toMatchObject({ removed: [] });
      const dry = await fresh.run('up', '--dry-run', '--json');
      expect(JSON.parse(dry.stdout)).toMatchObject({ outcome: 'dry run', changes: [] });
      expect(dry.code).toBe(0);
      await fresh.run('down');
      await fresh.remove();
    },
    MINUTE,
  );
});
