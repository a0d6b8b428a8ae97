import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseStack } from '../../../stack/compose/parse-stack';
import { startOrder, outlineStack } from '../../../stack/compose/order';

const file = resolve(__dirname, '../../../docker-compose.yml');
const variables: Record<string, string> = { HOME: '/home/somebody', ONEX_ENVIRONMENT: 'test' };
const stack = parseStack(readFileSync(file, 'utf8'), { file, lookup: (name) => variables[name] });

const plugin = spawnSync('docker', ['compose', 'version']).status === 0;
if (!plugin) console.warn('skipped: docker compose is not here to check docker-compose.yml');

interface ComposeConfig {
  name: string;
  services: Record<
    string,
    {
      image: string;
      ports: { published: string; host_ip: string }[];
      secrets?: { source: string }[];
      volumes?: { source: string }[];
      entrypoint?: string[] | null;
      command?: string[] | null;
    }
  >;
  secrets: Record<string, { file: string }>;
}

describe('docker-compose.yml', () => {
  it('declares the infrastructure and the runtime services', () => {
    expect(stack.name).toBe('onex-test');
    expect(startOrder(outlineStack(stack).services, ['runtime'])).toEqual([
      ['postgres', 'valkey'],
      ['infisical'],
      ['greeter'],
    ]);
  });

  it('keeps every secret in a file of the state directory, and none in the containers’ settings', () => {
    for (const secret of Object.values(stack.secrets)) {
      expect(secret.file).toMatch(/^\/home\/somebody\/\.onex-bootstrap\/test\/secrets\//);
      expect(secret.origin.kind).not.toBe('operator');
    }
    for (const service of Object.values(stack.services)) {
      const names = Object.keys(service.environment).filter((name) =>
        /PASSWORD|SECRET|KEY|URI|URL$/.test(name),
      );
      expect(names.filter((name) => !name.endsWith('_FILE') && name !== 'SITE_URL')).toEqual([]);
    }
  });

  (plugin ? it : it.skip)('is accepted by docker compose, which reads it as we do', () => {
    const { status, stdout, stderr } = spawnSync(
      'docker',
      ['compose', '-f', file, '--profile', 'runtime', 'config', '--format', 'json'],
      {
        encoding: 'utf8',
        env: { ...variables, PATH: process.env['PATH'], DOCKER_CONFIG: join(homedir(), '.docker') },
      },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const theirs = JSON.parse(stdout) as ComposeConfig;
    expect(theirs.name).toBe(stack.name);
    for (const service of Object.values(stack.services)) {
      const other = theirs.services[service.name]!;
      expect(other.image).toBe(service.image);
      expect(other.ports.map((port) => [port.host_ip, port.published])).toEqual(
        service.ports.map(({ host }) => ['127.0.0.1', String(host)]),
      );
      expect((other.secrets ?? []).map(({ source }) => source)).toEqual(service.secrets);
      expect(other.entrypoint ?? undefined).toEqual(service.entrypoint);
      expect(other.command ?? undefined).toEqual(service.command);
      expect((other.volumes ?? []).map(({ source }) => source)).toEqual(
        service.mounts.map((mount) => (mount.kind === 'bind' ? mount.source : mount.volume)),
      );
    }
    // it drops those that no container sees
    for (const [name, { file: path }] of Object.entries(theirs.secrets))
      expect(path).toBe(stack.secrets[name]?.file);
  });
});
