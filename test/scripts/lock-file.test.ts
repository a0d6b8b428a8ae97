import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Locked {
  version: string;
  resolved?: string;
  integrity?: string;
}

describe('package-lock.json', () => {
  it('tells where each package is: npm would ask the registry for every one of them first', () => {
    const path = join(__dirname, '..', '..', 'package-lock.json');
    const { packages } = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, Locked> };
    const incomplete = Object.entries(packages).filter(
      ([at, { version, resolved = '', integrity }]) =>
        at !== '' &&
        !(
          integrity !== undefined &&
          resolved.startsWith('https://registry.npmjs.org/') &&
          resolved.endsWith(`-${version}.tgz`)
        ),
    );
    expect(incomplete.map(([at]) => at)).toEqual([]);
  });
});
