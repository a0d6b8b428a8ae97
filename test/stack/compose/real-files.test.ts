import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDotenv } from '../../../stack/compose/dotenv';
import { parseStack } from '../../../stack/compose/parse-stack';

const folder = join(__dirname, 'real-files');

/** A file in the manner of those that people host themselves with, by the variables that its .env would give. */
function stackOf(name: string, env = '', given: Record<string, string> = {}) {
  const variables = new Map([
    ...readDotenv(env === '' ? '' : readFileSync(join(folder, env), 'utf8'), () => undefined),
    ...Object.entries(given),
  ]);
  return parseStack(readFileSync(join(folder, name), 'utf8'), {
    file: join(folder, name),
    lookup: (variable) => variables.get(variable),
    readEnvFile: (path) => {
      const file = env !== '' && path.endsWith('/.env') ? join(folder, env) : path;
      return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    },
  });
}

describe('a real file is read as Compose reads it', () => {
  it('Infisical’s own production file with its .env', () => {
    const { name, services, networks, volumes } = stackOf(
      'infisical/docker-compose.prod.yml',
      'infisical/dotenv',
    );
    expect(name).toBe('infisical'); // its folder
    expect(services['backend']).toMatchObject({
      containerName: 'infisical-backend',
      pullPolicy: 'always',
      ports: [{ host: 80, container: 8080, address: '0.0.0.0' }],
      networks: [{ name: 'infisical' }],
      dependsOn: [
        { service: 'db', condition: 'service_healthy' },
        { service: 'redis', condition: 'service_started' },
        { service: 'db-migration', condition: 'service_completed_successfully' },
      ],
      environment: {
        NODE_ENV: 'production',
        DB_CONNECTION_URI: 'postgres://infisical:infisical@db:5432/infisical',
        AUTH_SECRET: 'c2FtcGxlIHNlY3JldCBvZiB0aGlydHkgdHdvIGJ5dGVzIQ=',
        SMTP_PASSWORD: '',
        SMTP_PORT: '587',
      },
    });
    expect(services['db']?.healthcheck?.test[1]).toBe(
      'pg_isready --username=infisical && psql --username=infisical --list',
    );
    expect(networks).toMatchObject({ infisical: { engineName: 'infisical_infisical', external: false } });
    expect(volumes).toMatchObject({ pg_data: { engineName: 'infisical_pg_data' } });
  });

  it('extra hosts, exposed ports, other addresses of this host', () => {
    const { services } = stackOf('wiki.yml');
    expect(services['wiki']).toMatchObject({
      hostname: 'wiki',
      expose: ['3000/tcp', '9100/tcp'],
      extraHosts: ['host.docker.internal:host-gateway', 'mail:10.0.0.5'],
      environment: { DB_TYPE: 'postgres', DB_PORT: '5432', HA_ACTIVE: 'true' },
      ports: [
        { host: 3000, address: '192.168.0.10' },
        { host: 3001, address: '::1' },
      ],
      limits: { memory: 536_870_912 },
    });
    expect(services['db']).toMatchObject({ limits: { sharedMemory: 268_435_456 } });
  });

  it('folders of the host, a folded command, a .env', () => {
    const { services } = stackOf('photos.yml', 'photos.env');
    expect(services['server']?.mounts).toEqual([
      { kind: 'bind', source: join(folder, 'library'), target: '/usr/src/app/upload', readOnly: false },
      { kind: 'bind', source: '/etc/localtime', target: '/etc/localtime', readOnly: true },
    ]);
    expect(services['database']).toMatchObject({
      environment: { POSTGRES_PASSWORD: 'post#gres', POSTGRES_INITDB_ARGS: '--data-checksums' },
      command: [
        ...['postgres', '-c', 'shared_preload_libraries=vectors.so'],
        ...['-c', 'search_path="$user", public, vectors'],
      ],
    });
  });

  it('fields that services share by anchors', () => {
    const { services } = stackOf('anchors.yml');
    for (const name of ['api', 'worker'])
      expect(services[name]).toMatchObject({
        restart: { name: 'unless-stopped' },
        logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } },
        securityOptions: ['no-new-privileges:true'],
        capDrop: ['ALL'],
      });
    expect(services['api']).toMatchObject({ readOnly: true, tmpfs: ['/tmp', '/run:size=64m'] });
    expect(services['worker']).toMatchObject({ stopSignal: 'SIGQUIT', stopGracePeriod: 90_000 });
  });

  it('limits and the restart policy of deploy', () => {
    expect(stackOf('deploy.yml').services['app']).toMatchObject({
      restart: { name: 'on-failure', maximumRetries: 3 },
      dns: ['1.1.1.1'],
      limits: {
        memory: 536_870_912,
        memoryReservation: 134_217_728,
        cpus: 0.5,
        pids: 100,
        ulimits: [
          { name: 'nproc', soft: 65_535, hard: 65_535 },
          { name: 'nofile', soft: 20_000, hard: 40_000 },
        ],
      },
    });
  });

  it('networks of its own', () => {
    const { name, networks, services } = stackOf('networks.yml');
    expect(name).toBe('real-files');
    expect(networks).toMatchObject({
      front: { engineName: 'web', external: true },
      back: {
        engineName: 'real-files_back',
        internal: true,
        labels: { 'com.example.tier': 'back' },
        subnets: [{ subnet: '172.28.0.0/16', gateway: '172.28.5.254' }],
      },
      default: { engineName: 'real-files_default' },
    });
    expect(Object.keys(networks)).not.toContain('unused');
    expect(services['proxy']?.networks).toEqual([
      { name: 'front', aliases: [] },
      { name: 'back', aliases: ['gate'], address: '172.28.5.2' },
    ]);
  });

  it('the long forms of ports, volumes, env files, configs', () => {
    const { services, volumes } = stackOf('long-forms.yml');
    expect(services['app']).toMatchObject({
      ports: [
        { host: 8080, container: 80, address: '0.0.0.0' },
        { host: 8081, container: 81 },
      ],
      mounts: [
        { kind: 'volume', volume: 'data', target: '/data', readOnly: true },
        { kind: 'bind', source: join(folder, 'conf'), target: '/conf', readOnly: false },
        { kind: 'bind', source: join(folder, 'settings.toml'), target: '/settings', readOnly: true },
        { kind: 'bind', source: join(folder, 'motd'), target: '/etc/motd', readOnly: true },
      ],
      tmpfs: ['/cache:size=67108864'],
      secrets: ['token'],
      dependsOn: [],
    });
    expect(volumes['data']).toMatchObject({ labels: { backup: 'yes' } });
  });

  it('health checks in all their forms', () => {
    const { services } = stackOf('health.yml');
    const tests = Object.values(services).map(({ healthcheck }) => healthcheck?.test);
    expect(tests).toEqual([
      ['CMD-SHELL', 'curl -f http://localhost || exit 1'],
      ['CMD-SHELL', 'wget -qO- http://localhost:$PORT'],
      ['CMD', 'pg_isready'],
      ['NONE'],
      ['NONE'],
      undefined,
    ]);
    expect(services['text']?.healthcheck).toMatchObject({ interval: 90_000, startInterval: 5_000 });
  });

  it('one that runs once before another', () => {
    expect(stackOf('one-shot.yml').services).toMatchObject({
      migrate: { restart: { name: 'no' }, command: ['bundle', 'exec', 'rails', 'db:migrate'] },
      web: { dependsOn: [{ service: 'migrate', condition: 'service_completed_successfully' }] },
    });
  });

  it('texts that look like something else', () => {
    const bot = stackOf('numbers.yml', '', { PASSED: 'on' }).services['bot'];
    expect(bot).toMatchObject({ image: 'example/bot:1.10', user: '0033' });
    expect(bot?.environment).toEqual({
      ...{ GUILD: '123456789012345678', PI: '3.14159265358979323846', RATIO: '1.10', OCTAL: '0o17' },
      ...{ YES: 'yes', FLAG: 'true', EXP: '1e3', DAY: '2026-01-02', HEX: '0xFF' },
      ...{ EMPTY: '', TILDE: '~', PASSED: 'on' },
    });
    expect(bot?.labels).toEqual({ agent: '007', version: '1.20', on: 'off', blank: '' });
  });

  it('when an image is pulled', () => {
    const { services } = stackOf('pulling.yml');
    expect(Object.values(services).map(({ pullPolicy }) => pullPolicy)).toEqual([
      'always',
      'missing',
      'never',
    ]);
  });

  it('mount options of SELinux, variables with two underscores', () => {
    const { services } = stackOf('forge.yml');
    expect(services['server']).toMatchObject({
      mounts: [{ target: '/data', selinux: 'z' }, { readOnly: true }],
      environment: { GITEA__database__HOST: 'db:5432' },
      ports: [{ address: '0.0.0.0' }, { host: 222, container: 22 }],
    });
  });

  it('an Infisical that is called otherwise', () => {
    const { services } = stackOf('backend.yml', '', { REDIS_PASSWORD: 'a b' });
    expect(services['cache']?.command).toEqual([
      'redis-server',
      '--requirepass',
      'a b',
      '--maxmemory',
      '256mb',
    ]);
    expect(services['backend']).toMatchObject({ environment: { REDIS_URL: 'redis://:a b@cache:6379' } });
  });

  it('interpolation in names, defaults and texts with dollar signs', () => {
    expect(() => stackOf('templates.yml')).toThrow('GRAFANA_TAG is not set: choose a release');
    const { name, services } = stackOf('templates.yml', '', { GRAFANA_TAG: '11.1' });
    expect([name, services['grafana']?.image]).toEqual(['tools', 'grafana/grafana-oss:11.1']);
    expect(services['grafana']?.environment).toEqual({
      ...{ GF_SERVER_ROOT_URL: 'https://localhost/', GF_COST: '5$', GF_PATTERN: '${time}' },
    });
    expect(services['grafana']?.labels).toMatchObject({ 'traefik.enable': 'true' });
  });

  it('fields without a value are as if they were not there', () => {
    const { services } = stackOf('empty-parts.yml');
    expect(services['app']).toMatchObject({ command: undefined, environment: {}, ports: [], mounts: [] });
  });
});
