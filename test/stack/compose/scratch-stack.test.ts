import { parseStack } from '../../../stack/compose/parse-stack';
import { scratchStack } from '../../../stack/compose/scratch-stack';

const FILE = `
name: real
services:
  db:
    image: postgres:16
    container_name: the-database
    ports: ['5432:5432']
    volumes: ['data:/var/lib/postgresql/data', './conf:/conf']
    labels: { traefik.enable: 'true' }
    secrets: [db_password]
    networks: { back: { ipv4_address: 10.9.0.2 } }
    restart: always
    x-onex: { ready: { protocol: postgres, port: 5432, user: u, database: d, password: db_password } }
  infisical:
    image: infisical/infisical:v1
    ports: ['127.0.0.1:8080:8080']
    depends_on: [db]
    networks: [back]
  other:
    image: node:20
    ports: ['127.0.0.1:9000:9000']
    networks: [back]
networks:
  back: { external: true, name: shared }
volumes:
  data: { name: precious }
secrets:
  db_password: { file: /real/secrets/db_password }
`;

test('a scratch stack is Infisical with what it needs, and shares nothing with the real one', () => {
  const stack = parseStack(FILE, { file: '/srv/stack.yml', lookup: () => undefined });
  const scratch = scratchStack(stack, {
    name: 'real-drill',
    ports: { 5432: 40001, 8080: 40002 },
    secretsDir: '/scratch/secrets',
  });
  expect(Object.keys(scratch.services)).toEqual(['db', 'infisical']);
  expect(scratch.services['db']).toMatchObject({
    containerName: undefined,
    labels: {},
    ports: [{ host: 40001, container: 5432 }],
    ready: { port: 40001 },
    restart: { name: 'no' },
    networks: [{ name: 'back', aliases: [] }],
    mounts: [{ kind: 'volume' }, { kind: 'bind', source: '/srv/conf', readOnly: true }],
  });
  expect(scratch.services['db']!.ports[0]).not.toHaveProperty('address'); // this host alone
  expect(scratch.services['infisical']!.ready).toMatchObject({ port: 40002 });
  expect(scratch.volumes['data']!.engineName).toBe('real-drill_data');
  expect(scratch.networks['back']).toMatchObject({ engineName: 'real-drill_back', external: false });
  expect(scratch.secrets['db_password']!.file).toBe('/scratch/secrets/db_password');
});
