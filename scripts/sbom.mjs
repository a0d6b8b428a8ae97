// Writes sbom.cdx.json (CycloneDX): what is in the package and what it fetches, by version and hash. It goes with each release.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinned } from '../dist/client/temporal/temporal-cli.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const asked = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--omit', 'dev'];
const sbom = JSON.parse(execFileSync('npm', asked, { cwd: root, maxBuffer: 64 * 1024 * 1024 }).toString());
sbom.metadata.component.name = name; // npm calls it as its folder is called
const { version, archive } = pinned('x64');
sbom.components.push({
  'bom-ref': `temporal-cli@${version}`,
  type: 'application',
  name: 'temporal-cli',
  version,
  purl: `pkg:github/temporalio/cli@v${version}`,
  hashes: [{ alg: 'SHA-256', content: archive.sha256 }],
  externalReferences: [{ type: 'distribution', url: archive.url }],
});
writeFileSync(join(root, 'sbom.cdx.json'), `${JSON.stringify(sbom, null, 2)}\n`);
console.error(`sbom.cdx.json: ${sbom.components.length} components`);
