import { defaultRegistry } from '../../../contracts/registry/key-registry';
import { nodeFolders } from '../../../contracts/resolve/node-folders';
import { folderNames } from '../../../contracts/transports/folder-names';

const scope = { registry: defaultRegistry, folders: folderNames() };

describe('nodeFolders', () => {
  const node = {
    node: 'n',
    service: 'billing',
    paths: [],
    requirements: [
      { key: 'KAFKA_ACKS', transport: 'kafka' as const, required: true },
      { key: 'MAIL_FROM', transport: 'runtime' as const, required: true },
      { key: 'INFISICAL_ADDR', transport: 'infisical' as const, required: true },
    ],
  };

  it('names every layer that the nodes look into, and nothing for what comes from the environment', () =>
    expect(nodeFolders([node, node], { ...scope, machineClass: 'mac-dev' })).toEqual([
      '/machine-class/mac-dev',
      '/services/billing/env',
      '/services/billing/kafka',
      '/shared/env',
      '/shared/kafka',
    ]));

  it('never takes a key that each service defines for itself from a shared folder', () => {
    const registry = { ...defaultRegistry, identityDefaults: new Set(['POSTGRES_DATABASE']) };
    const own = {
      ...node,
      requirements: [{ key: 'POSTGRES_DATABASE', transport: 'database' as const, required: true }],
    };
    expect(nodeFolders([own], { ...scope, registry })).toEqual(['/services/billing/database']);
  });
});
