import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import type { SeedResult } from '../../workflows/seed-secrets';
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
    ['an env file that is not there', {}, ['--values', 'no.env'], 2, /no\.env cannot be read: there is no/],
    ['a pipe', {}, ['--values', 'pipe.env'], 2, /pipe\.env cannot be read: .* write it to one/],
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
      // nothing of the case before
      const found = await refusal(variables, 'up', '--reset', ...args);
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
      const found = await refusal({}, 'up', '--reset');
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

      const { code, stdout } = await installation.run('plan', contracts, '--values', 'bad.env', '--json');
      expect(code).toBe(4);
      const plan = JSON.parse(stdout) as SeedResult & { rows: Record<string, string[]> };
      expect(plan.contracts).toMatchObject({ files: 16, nodes: 11 });
      const problems = plan.contracts.problems.first.join('\n');
      expect(problems).toMatch(/broken\/contract\.yaml:\d/);
      expect(problems).toMatch(/huge\/contract\.yaml: larger than 1 MiB/);
      expect(problems).toMatch(/double\/contract\.yaml:2: .*a second document/);
      expect(plan.rows['CREATE']).toEqual(
        expect.arrayContaining([
          '/shared/qdrant/QDRANT_API_KEY',
          '/shared/graph/GRAPH_HOST',
          '/shared/env/CHAT_BOT_TOKEN',
        ]),
      );
      expect(plan.rows['REFUSED']?.sort()).toEqual([
        '/shared/env/CHAT_CHANNEL_ID',
        '/shared/kafka/KAFKA_ACKS',
        '/shared/qdrant/QDRANT_HOST',
      ]);
      const warnings = plan.warnings.first.join('\n');
      expect(warnings).toMatch(/SMTP_URL: not UTF-8/);
      expect(warnings).toMatch(/bad\.env:8: neither KEY=value nor a comment/);
      expect(stdout).not.toContain(megabyte.slice(0, 100));
    },
    MINUTE,
  );

  it(
    'a report of more than 64 KiB goes through a pipe whole',
    async () => {
      const many = join(dir, 'many');
      for (const copy of Array.from({ length: 10 }, (_, index) => `copy-${index}`))
        cpSync(join(root, 'examples', 'onex', 'contracts'), join(many, copy), { recursive: true });
      const whole = await installation.run('requirements', many, '--json');
      const command = `'${process.execPath}' '${join(root, 'dist/client/main.js')}' requirements '${many}' --json | cat`;
      const piped = execFileSync('bash', ['-c', command], { env: installation.env, cwd: dir });
      expect(piped.length).toBeGreaterThan(64 * 1024);
      expect(JSON.parse(piped.toString()).files).toHaveLength(120);
      expect(piped.toString()).toBe(whole.stdout);
    },
    MINUTE,
  );

  it(
    'looking at nothing changes nothing, in JSON too',
    async () => {
      const fresh = await Installation.create();
      for (const command of ['status', 'plan', 'report']) {
        const { code, stdout } = await fresh.run(command, '--json');
        expect({ command, code }).toEqual({ command, code: 2 });
        expect(JSON.parse(stdout)).toMatchObject({
          outcome: 'failed',
          message: expect.stringContaining(`${fresh.environment} was never declared`),
        });
      }
      const dry = await fresh.run('up', '--dry-run', '--json');
      expect(JSON.parse(dry.stdout)).toMatchObject({ outcome: 'changes pending', changes: { count: 0 } });
      expect(dry.code).toBe(0);
      expect(JSON.parse((await fresh.run('down', '--json')).stdout)).toMatchObject({
        removed: [],
        temporalStopped: true,
      });
      await fresh.remove();
    },
    MINUTE,
  );
});
