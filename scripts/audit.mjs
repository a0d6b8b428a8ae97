// Asks the registry for known vulnerabilities of what the package needs at run time: 1 where there is one of the level high or
// more, 3 where nothing was checked, since the registry does not answer.
import { spawnSync } from 'node:child_process';

const asked = ['audit', '--omit=dev', '--audit-level=high', '--json'];
const { status, stdout } = spawnSync('npm', asked, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
const found = parse(stdout);
const counts = found?.metadata?.vulnerabilities;
if (counts === undefined) {
  console.error(
    `Nothing was checked: the registry does not tell of vulnerabilities (${found?.error?.code ?? found?.statusCode ?? 'no answer'}). Run this where registry.npmjs.org answers.`,
  );
  process.exit(3);
}
const { total, high, critical } = counts;
for (const [name, { severity, fixAvailable }] of Object.entries(found.vulnerabilities ?? {}))
  console.log(`${severity.padEnd(9)} ${name}${fixAvailable ? '  (npm audit fix)' : ''}`);
console.log(`${total} known vulnerabilities, ${high + critical} of them high or critical`);
process.exit(status === 0 ? 0 : 1);

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
