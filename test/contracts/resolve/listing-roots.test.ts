import { listingRoots } from '../../../contracts/resolve/listing-roots';
import { node } from '../plan/fixture';

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
