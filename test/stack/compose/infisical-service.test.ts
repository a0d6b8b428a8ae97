import { infisicalServices } from '../../../stack/compose/infisical-service';
import { parseStack } from '../../../stack/compose/parse-stack';

const KEY = 'ENCRYPTION_KEY: 00112233445566778899aabbccddeeff';
const IMAGE = 'image: infisical/infisical:v0.165.16';

function whole(services: string) {
  const source = `name: s\nservices:\n${services}`;
  return parseStack(source, { file: '/srv/stack.yml', lookup: () => undefined, whole: true });
}

describe('the Infisical of a stack', () => {
  it.each([
    [
      'by its image',
      `  backend: { ${IMAGE}, ports: ['127.0.0.1:9000:8080'], environment: { ${KEY} } }`,
      'backend',
    ],
    [
      'beside a migration with the same image',
      `  migrate: { ${IMAGE}, command: npm run migration:latest }
  backend: { ${IMAGE}, ports: ['9000:8080'], environment: { ${KEY} }, depends_on: { migrate: { condition: service_completed_successfully } } }`,
      'backend',
    ],
    [
      'by its role, whatever its image',
      `  other: { ${IMAGE}, ports: ['127.0.0.1:1:8080'] }
  vault: { image: 'mirror.example.com/team/secrets:3', ports: ['127.0.0.1:9000:8080'], x-onex: { role: infisical } }`,
      'vault',
    ],
    [
      'of a mirror, at another port',
      `  backend: { image: 'mirror.example.com/infisical/infisical@sha256:00', ports: ['127.0.0.1:9000:80'], environment: { PORT: 80, ROOT_ENCRYPTION_KEY: x } }`,
      'backend',
    ],
  ])('is found %s', (_, services, name) => {
    expect(infisicalServices(whole(services))).toMatchObject([
      { name, ready: { protocol: 'http', port: 9000, path: '/api/status' } },
    ]);
  });

  it.each([
    ['db: { image: postgres:16 }', 'line 3: services: none of them is an Infisical, .*--infisical URL'],
    [`infisical: { image: 'node:20-alpine' }`, 'line 3: services: none of them is an Infisical'],
    [
      `backend: { ${IMAGE}, environment: { ${KEY} } }`,
      'line 3: services.backend: Infisical must answer this host, .* publish its port \\(8080 unless PORT says another\\), for example 127.0.0.1:8080:8080',
    ],
    [
      `backend: { ${IMAGE}, ports: ['127.0.0.1:8080:8080'] }`,
      'line 3: services.backend.environment: Infisical starts only with ENCRYPTION_KEY',
    ],
    [
      `a: { ${IMAGE}, ports: ['127.0.0.1:1:8080'] }\n  b: { ${IMAGE}, ports: ['127.0.0.1:2:8080'] }`,
      'line 3: services.a: a and b are both an Infisical: write x-onex: { role: infisical }',
    ],
    [
      `backend: { ${IMAGE}, ports: ['127.0.0.1:1:8080'], profiles: [runtime] }`,
      'line 3: services.backend.profiles: Infisical starts with the stack',
    ],
    [
      `backend: { ${IMAGE}, ports: ['127.0.0.1:1:5432'], x-onex: { ready: { protocol: postgres, port: 5432, user: a, database: b } } }`,
      'line 3: services.backend.x-onex.ready.protocol: must be http',
    ],
  ])('is refused as %s', (service, message) => {
    expect(() => whole(`  ${service}`)).toThrow(
      new RegExp(`^/srv/stack\\.yml cannot be used:\\n  ${message}`),
    );
  });
});
