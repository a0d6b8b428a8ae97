import { folderNames } from '../../../contracts/folders';
import { defaultRegistry } from '../../../contracts/registry';
import { listingRoots, nodeFolders } from '../../../contracts/resolve/resolve-nodes';
import { node } from '../plan/fixture';

const scope = { registry: defaultRegistry, folders: folderNames() };

describe('nodeFolders', () => {
  const keys = { kafka: ['KAFKA_ACKS'], runtime: ['MAIL_FROM'], infisical: ['INFISICAL_ADDR'] };
  const billing = node('n', keys, 'billing');

  it('names every layer that the nodes look into, and nothing for what comes from the environment', () =>
    expect(nodeFolders([billing, billing], { ...scope, machineClass: 'mac-dev' })).toEqual([
      '/machine-class/mac-dev',
      '/services/billing/env',
      '/services/billing/kafka',
      '/shared/env',
      '/shared/kafka',
    ]));

  it('never takes a key that each service defines for itself from a shared folder', () => {
    const registry = { ...defaultRegistry, identityDefaults: new Set(['POSTGRES_DATABASE']) };
    const own = node('n', { database: ['POSTGRES_DATABASE'] }, 'billing');
    expect(nodeFolders([own], { ...scope, registry })).toEqual(['/services/billing/database']);
  });
});

describe('listingRoots', () => {
  it('names each root once, whatever the number of nodes and keys', () => {
    const nodes = ['a', 'b', 'a', undefined].map((service, at) =>
      node(`n${at}`, { kafka: ['K', 'L'] }, service),
    );
    expect(listingRoots(nodes, 'laptop')).toEqual([
      '/machine-class/laptop',
      '/services/a',
      '/services/b',
      '/shared',
    ]);
    expect(listingRoots(nodes)).toEqual(['/services/a', '/services/b', '/shared']);
  });

  it('is empty where no node reads anything', () => {
    expect(listingRoots([node('n', {}, 'a')], 'laptop')).toEqual([]);
  });
});
