import { parseStack } from '../../../stack/compose/parse-stack';

const parse = (source: string, variables: Record<string, string> = {}) =>
  parseStack(source, {
    file: '/srv/onex/docker-compose.yml',
    lookup: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined),
  });

function problems(source: string): string[] {
  try {
    parse(source);
  } catch (error) {
    expect(error).toMatchObject({ type: 'BadInput', nonRetryable: true });
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  throw new Error('nothing was refused');
}

const FULL = `
name: onex-\${ENV:-dev}
x-anything: { kept: out }
services:
  db:
    image: postgres:16-alpine
    command: postgres -c "log_min_messages=warning"
    environment: { POSTGRES_USER: infisical, FROM_OPERATOR: null, ABSENT: null, JOBS: 4 }
    ports: ['127.0.0.1:\${DB_PORT:-5436}:5432']
    volumes: [data:/var/lib/postgresql/data, ./init.sql:/init.sql:ro]
    secrets: [password]
    healthcheck: { test: pg_isready, interval: 1m30s, timeout: 500ms, retries: 3 }
    restart: on-failure:3
    stop_grace_period: 30s
    labels: [team=infra]
    x-onex:
      ready: { protocol: postgres, port: 5432, user: infisical, database: infisical, password: password }
  app:
    image: node:20-alpine
    profiles: [runtime]
    depends_on: { db: { condition: service_healthy } }
    environment: ['PORT=80', 'FROM_OPERATOR']
    ports: [{ target: 80, published: '8085', host_ip: 127.0.0.1 }]
    networks: [default]
    init: true
    tmpfs: /tmp
    x-onex: { nodes: '*', service: billing, on_change: signal, ready: { protocol: http, port: 80, path: /health } }
volumes:
  data: { x-onex: { keys: [token] } }
secrets:
  password:
    file: ./secrets/password
    x-onex: { generate: hex-32, from: POSTGRES_PASSWORD }
  token:
    file: ./secrets/token
    x-onex: { generate: hex-16 }
`;

describe('parseStack', () => {
  it('reads the supported subset', () => {
    const stack = parse(FULL, { ENV: 'test', FROM_OPERATOR: 'given', DB_PORT: '26000' });
    expect(stack.name).toBe('onex-test');
    expect(stack.services['db']).toMatchObject({
      command: ['postgres', '-c', 'log_min_messages=warning'],
      environment: { POSTGRES_USER: 'infisical', FROM_OPERATOR: 'given', JOBS: '4' },
      ports: [{ host: 26000, container: 5432, variable: 'DB_PORT' }],
      mounts: [
        { kind: 'volume', volume: 'data', target: '/var/lib/postgresql/data', readOnly: false },
        { kind: 'bind', source: '/srv/onex/init.sql', target: '/init.sql', readOnly: true },
      ],
      healthcheck: { test: ['CMD-SHELL', 'pg_isready'], interval: 90_000, timeout: 500, retries: 3 },
      restart: { name: 'on-failure', maximumRetries: 3 },
      stopGracePeriod: 30_000,
      labels: { team: 'infra' },
      ready: { protocol: 'postgres', port: 26000, password: 'password' },
    });
    expect(stack.services['db']?.environment).not.toHaveProperty('ABSENT');
    expect(stack.services['app']).toMatchObject({
      dependsOn: [{ service: 'db', condition: 'service_healthy' }],
      ports: [{ host: 8085, container: 80 }],
      nodes: '*',
      ...{ nodesService: 'billing', onChange: 'signal' },
      ...{ init: true, tmpfs: ['/tmp'] },
    });
    expect(stack.volumes['data']).toEqual({
      name: 'data',
      engineName: 'onex-test_data',
      labels: {},
      keys: ['password', 'token'],
    });
    expect(stack.secrets['password']).toEqual({
      name: 'password',
      file: '/srv/onex/secrets/password',
      mode: 0o600,
      origin: { kind: 'generated', format: 'hex-32', from: 'POSTGRES_PASSWORD' },
    });
  });

  it('refuses everything else at once, by line, path and reason', () => {
    expect(
      problems(`
name: onex
services:
  db:
    imagee: postgres:16
    build: .
    ports: ['5432:5432-5433', '127.0.0.1:99999:1']
    environment: { DEBUG: { on: true } }
    helthcheck: { test: x }
    restart: sometimes
    depends_on: [cache]
  web:
    image: \${WEB_IMAGE}
    healthcheck: { test: x, intervall: 1s, timeout: soon }
    deploy: { replicas: 2 }
    x-onex: { ready: { protocol: postgres, port: 1, usr: a, database: b } }
include: [other.yml]
`),
    ).toEqual([
      'line 5: services.db.image: is missing',
      'line 5: services.db.imagee: unknown field; did you mean image?',
      'line 6: services.db.build: outside the supported part of Compose (images come by their tag: build it beforehand and write image)',
      'line 7: services.db.ports.0: write 127.0.0.1:HOST:CONTAINER, single ports, with a fixed host port',
      'line 7: services.db.ports.1: must be ports from 1 to 65535',
      'line 8: services.db.environment.DEBUG: must be a text, a number, true or false',
      'line 9: services.db.helthcheck: unknown field; did you mean healthcheck?',
      'line 10: services.db.restart: must be no, always, unless-stopped or on-failure[:N]',
      'line 13: services.web.image: WEB_IMAGE is not set and has no default',
      'line 14: services.web.healthcheck.timeout: must be a duration such as 500ms, 10s or 1m30s',
      'line 14: services.web.healthcheck.intervall: unknown field; did you mean interval?',
      'line 15: services.web.deploy.replicas: must be 1: a stack runs one container per service',
      'line 16: services.web.x-onex.ready.user: is missing',
      'line 16: services.web.x-onex.ready.usr: unknown field; did you mean user?',
      expect.stringMatching(/^line 17: include: outside the supported part of Compose \(one file per stack/),
    ]);
  });

  it('refuses what does not fit together', () => {
    expect(
      problems(`
name: onex
services:
  a: { image: x, depends_on: [b], ports: ['127.0.0.1:80:80'] }
  b: { image: x, depends_on: [c], ports: ['127.0.0.1:80:81'] }
  c: { image: x, depends_on: [a, bb], volumes: ['dat:/data'], secrets: [nome] }
  d: { image: x, x-onex: { ready: { protocol: http, port: 8080 } } }
  e: { image: x, depends_on: [f] }
  f: { image: x, profiles: [runtime], x-onex: { on_change: none } }
volumes: { data: , old: { x-onex: { keys: [nome, conf] } } }
secrets:
  name: { file: ./name }
  conf: { file: ./conf, x-onex: { render: '{{name}} {{other|upper}}' } }
`),
    ).toEqual([
      'line 4: services.a.depends_on.b: dependency cycle: a → b → c → a',
      "line 5: services.b.ports.0: its host port is already a's",
      'line 6: services.c.depends_on.bb: no service named bb: did you mean b?',
      'line 6: services.c.volumes.0: no volume named dat: did you mean data?',
      'line 6: services.c.secrets.0: no secret named nome: did you mean name?',
      "line 7: services.d.x-onex.ready.port: the container's port is not published: add 127.0.0.1:HOST:PORT to ports",
      'line 8: services.e.depends_on.f: f starts only with a profile that e does not have',
      expect.stringMatching(/^line 9: services.f.x-onex.on_change: .* it has no nodes: give nodes too$/),
      'line 10: volumes.old.x-onex.keys: no secret named nome',
      'line 10: volumes.old.x-onex.keys: conf is rendered: name what it is made of',
      'line 13: secrets.conf.x-onex.render: a filter is unknown: {{name|uri}}, {{name|shell}} and {{name|quote}} are there',
      'line 13: secrets.conf.x-onex.render: {{name}} is not a generated secret',
      'line 13: secrets.conf.x-onex.render: {{other}}: no secret of that name',
    ]);
  });

  it.each([
    ['', 'line 1: file: must be a map with services'],
    ['name: [', 'line 1: '],
    ['a: 1\na: 2', 'line 2: a key that stands in this mapping already'],
    ['a: {b: "x" secret}\nd: 1', 'line 1: no YAML from here on: a bracket, quote, colon'],
    ['a: !reset null', 'line 1: a tag (!name) that is not known'],
    ['services: { __proto__: { image: x } }', 'line 1: __proto__ cannot be a name'],
    ['name: a\n---\nname: b', 'line 2: a second document begins here'],
  ])('refuses the text %j', (source, start) => {
    expect(problems(source)[0]).toContain(start);
  });

  it('takes the names of what every object has for names like others', () => {
    const web = (fields: string) => `name: n\nservices:\n  web: { image: x, ${fields} }`;
    expect(problems(web('depends_on: [constructor]'))).toEqual([
      'line 3: services.web.depends_on.constructor: no service named constructor',
    ]);
    expect(problems(web('volumes: ["toString:/d"], secrets: [valueOf], networks: [hasOwnProperty]'))).toEqual(
      [
        'line 3: services.web.volumes.0: no volume named toString',
        'line 3: services.web.networks.hasOwnProperty: no network named hasOwnProperty',
        'line 3: services.web.secrets.0: no secret named valueOf',
      ],
    );
    expect(problems(web('constructor: y, environment: { A: "${constructor}" }'))).toEqual([
      'line 3: services.web.environment.A: constructor is not set and has no default',
      expect.stringMatching(/^line 3: services.web.constructor: unknown field; there are image, /),
    ]);
    const { services } = parse(
      'name: n\nservices: { constructor: { image: x }, a: { image: x, depends_on: [constructor] } }',
    );
    expect(services['constructor']).toMatchObject({ image: 'x' });
  });

  it('gives back what every container has by itself, however it is written', () => {
    const { services } = parse(
      'name: n\nservices: { a: { image: x, cap_drop: [ALL], cap_add: [CAP_CHOWN, setuid] } }',
    );
    expect(services['a']).toMatchObject({ capDrop: ['ALL'], capAdd: ['CHOWN', 'SETUID'] });
  });

  it.each([
    ['privileged: true', /^privileged: outside .* run without privileges .* outside of this file/],
    ['build: .', /^build: outside .* build it beforehand and write image/],
    ['network_mode: host', /^network_mode: outside .* write networks, and ports/],
    [
      'volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]',
      /^volumes\.0: .* socket of the container engine.* leave the mount out/,
    ],
    ['volumes: ["/:/host"]', /^volumes\.0: the folder holds the socket/],
    ['volumes: [{ type: bind, source: /run, target: /r }]', /^volumes\.0: the folder holds the socket/],
    ['security_opt: ["seccomp:unconfined"]', /^security_opt\.0: must be no-new-privileges:true/],
    ['cap_add: [SYS_ADMIN]', /^cap_add\.0: must be one that every container has without it \(AUDIT_WRITE, /],
    ['ports: ["8080"]', /^ports\.0: needs a fixed host port, such as 127\.0\.0\.1:8080:8080; .* expose/],
    ['ports: ["53:53/udp"]', /^ports\.0: only tcp ports/],
    ['init: maybe', /^init: must be true or false/],
    ['environment: 5', /^environment: must be a map or a list of KEY=value/],
    ['environment: [{ A: 1 }]', /^environment\.0: must be a text/],
    [
      'healthcheck: { test: [curl, x] }',
      /^healthcheck\.test: must be a text, or a list that begins with CMD/,
    ],
    ['deploy: { resources: { limits: { memory: lots } } }', /memory: must be a size such as 512m/],
    ['networks: { default: [] }', /^networks\.default: must be a map/],
    ['env_file: ./absent.env', /^env_file\.0: \/srv\/onex\/absent\.env: there is no such file/],
    ['x-onex: { role: boss }', /^x-onex\.role: must be infisical/],
  ])('says of %s what is allowed', (field, message) => {
    const [first] = problems(`name: n\nservices:\n  web:\n    image: x\n    ${field}`);
    expect(first?.replace('line 5: services.web.', '')).toMatch(message);
  });

  it('refuses aliases that unfold without end', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `x-${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`,
    );
    expect(problems(`x-0: &l0 [a]\n${levels.join('\n')}`)[0]).toMatch(/alias/i);
  });
});
