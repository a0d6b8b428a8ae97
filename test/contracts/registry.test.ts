import { parseRegistry } from '../../contracts/registry';
import { folderNames } from '../../contracts/folders';

const text = `
version: "1.0"
shared:
  "/shared/db/": [POSTGRES_HOST]
  shared/postgres: [POSTGRES_PORT]
  /shared/auth: [SERVICE_AUTH_TOKEN]
bootstrap_only: [POSTGRES_PASSWORD]
identity_defaults: [POSTGRES_DATABASE]
service_override_required: [KAFKA_GROUP_ID]
services:
  shop: { redpanda: [KAFKA_GROUP_ID], vault: [VAULT_TOKEN] }
`;

describe('parseRegistry', () => {
  it('names folders as the store does', () => {
    const { registry, problems } = parseRegistry('keys.yaml', text);
    expect(problems).toEqual([]);
    expect(registry?.shared).toEqual(
      new Map([
        ['database', ['POSTGRES_HOST', 'POSTGRES_PORT']],
        ['auth', ['SERVICE_AUTH_TOKEN']],
      ]),
    );
    expect(registry?.services.get('shop')).toEqual(
      new Map([
        ['kafka', ['KAFKA_GROUP_ID']],
        ['vault', ['VAULT_TOKEN']],
      ]),
    );
    const old = parseRegistry('keys.yaml', text, folderNames({ database: 'db' })).registry;
    expect([...(old?.shared.keys() ?? [])]).toEqual(['db', 'auth']);
  });

  it("always counts Infisical's own credentials as bootstrap_only", () => {
    const { registry } = parseRegistry('keys.yaml', text);
    expect([...(registry?.bootstrapOnly ?? [])]).toEqual(
      expect.arrayContaining([
        'POSTGRES_PASSWORD',
        'INFISICAL_ADDR',
        'INFISICAL_ENCRYPTION_KEY',
        'INFISICAL_AUTH_SECRET',
      ]),
    );
  });

  it.each([
    ['shared: [a]', 'keys.yaml: shared: '],
    ['a: 1\nbootstrap_onyl: [X]', 'keys.yaml: a: unknown field; there are version, shared'],
    ['bootstrap_onyl: [X]', 'keys.yaml: bootstrap_onyl: unknown field; did you mean bootstrap_only?'],
    ['services:\n  shop:\n    kafka: [1]', 'keys.yaml: services.shop.kafka.0: '],
    ['shared: {/services/x/db/: [A]}', 'keys.yaml: shared./services/x/db/: not of the form'],
    ['bootstrap_only: [A]\nbootstrap_only: [B]', "keys.yaml: Key 'bootstrap_only' is given twice"],
    ['- a', 'keys.yaml: root: '],
    ['a: [', 'keys.yaml: '],
  ])('gives no registry for %j, and says where the fault is', (broken, message) => {
    const { registry, problems } = parseRegistry('keys.yaml', broken);
    expect(registry).toBeUndefined();
    expect(problems[0]?.message).toContain(message);
  });

  it('gives the line', () => {
    expect(parseRegistry('k', 'services:\n  shop:\n    kafka: [1]').problems[0]?.line).toBe(3);
  });
});
