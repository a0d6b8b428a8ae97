import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { addressProblem } from '../../contracts/core/server-address';
import { parseContract } from '../../contracts/node-contract/contract';
import { parseOverlay } from '../../contracts/overlay';
import { parseRegistry } from '../../contracts/registry';
import { folderNames } from '../../contracts/folders';
import { parseEnvValues } from '../../contracts/values';
import { mapTexts } from '../../stack/compose/interpolate';
import { parseStack } from '../../stack/compose/parse-stack';

// Who wants a secret out: whoever writes a stack file, by naming a variable where its value is refused and repeated.
const VALUES = [
  'nary5f1c9e',
  'c@nary/5f1c9e',
  'nary5f1c9e:/data',
  './nary5f1c9e:/data:nary5f1c9e',
  '127.0.0.1:471193:80',
  '471193',
  '127.0.0.471193:80:80',
  '{{nary5f1c9e}} {{nary5f1c9e|nary5f1c9e}}',
  '/var/run/nary5f1c9e/docker.sock',
  'NARY5F1C9E=nary5f1c9e',
];
const REPEATED = /nary|5f1c9e|4711/i;

const EVERYTHING = `
name: demo
services:
  a:
    image: x
    command: [run]
    container_name: aaa
    ports: ['127.0.0.1:80:80', { target: 81, published: 81, host_ip: 127.0.0.1, protocol: tcp }]
    expose: [90]
    volumes: ['data:/d', './x:/y:ro', { type: bind, source: /s, target: /t }, { type: tmpfs, target: /m, tmpfs: { size: 1m } }]
    depends_on: [b]
    networks: [front]
    secrets: [key]
    configs: [conf, { source: conf, target: /c }]
    env_file: [a.env, { path: b.env, required: false, format: raw }]
    environment: [A=b, C]
    restart: always
    profiles: [runtime]
    user: root
    cap_add: [CHOWN]
    security_opt: ['no-new-privileges:true']
    stop_grace_period: 5s
    mem_limit: 1g
    cpus: '1.5'
    ulimits: { nofile: 10 }
    deploy: { replicas: 1, resources: { limits: { memory: 1g, cpus: '1' } } }
    healthcheck: { test: [CMD, x], interval: 1s, retries: 3 }
    extra_hosts: ['h:1.2.3.4']
    read_only: true
    x-onex: { nodes: [n], service: s, ready: { protocol: http, port: 80, path: / } }
  b: { image: infisical/infisical, container_name: bbb, ports: ['127.0.0.1:82:8080'], environment: { ENCRYPTION_KEY: k, PORT: 8080 }, networks: { front: { aliases: [b] } } }
networks: { front: { driver: bridge, ipam: { config: [{ subnet: 10.0.0.0/8 }] } } }
volumes: { data: { name: d, x-onex: { keys: [key] } } }
configs: { conf: { file: ./conf } }
secrets:
  key: { file: ./key, x-onex: { generate: hex-32, from: KEY } }
  made: { file: ./made, x-onex: { render: '{{key}}', mode: '0444' } }
`;

const texts = (root: unknown): string[] => {
  const paths: string[] = [];
  mapTexts(root, (text, path) => (paths.push(JSON.stringify(path)), text));
  return paths;
};

function refusalOf(text: string, value: string): string {
  try {
    parseStack(text, {
      file: '/srv/stack.yml',
      whole: true,
      lookup: (name) => (name.startsWith('X') ? value : name === 'PWD' ? '/srv' : 'set'),
      readEnvFile: (path) => (path.includes('nary') ? `${value}\n"${value}` : undefined),
    });
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a stack file that names a secret variable where it does not belong', () => {
  it.each([
    ['the default one', readFileSync(join(__dirname, '..', '..', 'docker-compose.yml'), 'utf8')],
    ['one with every field', EVERYTHING],
  ])('has no value of it repeated: %s', (_, source) => {
    const root = parse(source, { schema: 'failsafe' }) as unknown;
    let refusals = 0;
    // each place meets all values in a few turns, and each way of naming a variable
    for (const [index, place] of texts(root).entries()) {
      const written = ['${X}', 'a${X}', '${ABSENT:+no}${X:?${X}}'][index % 3]!;
      const changed = mapTexts(root, (text, path) => (JSON.stringify(path) === place ? written : text));
      for (const value of VALUES.filter((_, turn) => (turn + index) % 5 === 0)) {
        const refusal = refusalOf(stringify(changed), value);
        if (refusal !== '') refusals += 1;
        expect({ place, value, repeated: REPEATED.exec(refusal)?.[0] }).toEqual({ place, value });
      }
    }
    expect(refusals).toBeGreaterThan(15);
  });

  it('has what follows ":?" told as it is written', () => {
    const text = 'name: a\nservices: { web: { image: "${UNSET:?ask ${X} for it}" } }';
    expect(() => parseStack(text, { lookup: (name) => (name === 'X' ? 'c@nary' : undefined) })).toThrow(
      'UNSET is not set: ask ${X} for it',
    );
  });
});

describe('an address of Infisical with a secret in it', () => {
  it.each([
    'http://admin:nary5f1c9e@127.0.0.1:8080',
    'https://nary5f1c9e@infisical.example',
    'https://infisical.example/?token=nary5f1c9e',
    'https://infisical.example/#nary5f1c9e',
    'nary5f1c9e',
    'ftp://nary5f1c9e',
    'http://[nary5f1c9e',
  ])('is refused without it: %s', (address) => {
    expect(addressProblem(address, { insist: 'x' })).toMatch(/^expected an address like/);
    expect(addressProblem(address, { insist: 'x' })).not.toMatch(REPEATED);
  });
});

// A secret that was written into a file by mistake, or by a slip of the finger in its syntax.
describe('a broken file with a secret in it', () => {
  const BROKEN = [
    '"nary5f1c9e',
    "'nary5f1c9e",
    '!nary5f1c9e x',
    '*nary5f1c9e',
    '&nary5f1c9e &x',
    '"\\nary5f1c9e"',
    '{nary5f1c9e',
    '[nary5f1c9e}',
    '%nary5f1c9e',
    '@nary5f1c9e',
    '|nary5f1c9e',
    'a: b: nary5f1c9e',
    '- nary5f1c9e\n nary',
    '\tnary5f1c9e',
    '`nary5f1c9e`',
  ];

  it.each(BROKEN)('has nothing of it repeated: %j', (fault) => {
    for (const text of [fault, `a: ${fault}`, `a: 1\nb:\n  ${fault}\nc: 2`, `- ${fault}`]) {
      const told = [
        refusalOf(text, ''),
        ...parseContract('c.yaml', text).problems.map(({ message }) => message),
        ...parseOverlay('o.yaml', text, 'laptop').problems.map(({ message }) => message),
        ...parseRegistry('r.yaml', text, folderNames()).problems.map(({ message }) => message),
      ].join('\n');
      const keys = /^[^:]*: (['"]?a|b)/; // a name is told: it says which field
      expect({ text, repeated: REPEATED.exec(told.replace(keys, ''))?.[0] }).toEqual({ text });
    }
  });

  it('is one of values, whose lines are told by number and key', () => {
    const text =
      'A="nary5f1c9e\nB=\'nary5f1c9e\n nary5f1c9e nary\nC={"nary5f1c9e": #1\nD=nary5f1c9e\0\nnary5f1c9e\n';
    const { problems } = parseEnvValues(Buffer.from(text));
    expect(problems.length).toBeGreaterThan(0);
    for (const { message } of problems) expect(message).not.toMatch(REPEATED);
  });
});
