import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseStack } from '../../stack/compose/parse-stack';

const file = join(__dirname, '..', '..', 'deploy', 'temporal.compose.yml');
const text = readFileSync(file, 'utf8');
const dir = '/srv/temporal';

describe('the Compose file of a Temporal server', () => {
  const stack = parseStack(text, {
    file,
    lookup: (name) => (name === 'ONEX_TEMPORAL_DIR' ? dir : undefined),
  });

  it('is one that we read ourselves, open to other machines only where somebody says so', () => {
    expect(Object.keys(stack.services)).toEqual(
      expect.arrayContaining(['postgres', 'schema', 'temporal', 'namespace', 'ui', 'codec-server']),
    );
    const addresses = Object.values(stack.services).flatMap(({ ports }) =>
      ports.map(({ address }) => address),
    );
    expect(new Set(addresses)).toEqual(new Set([undefined])); // 127.0.0.1
  });

  it('gives secrets as files, and rights to nobody', () => {
    for (const { environment, capDrop, securityOptions } of Object.values(stack.services)) {
      expect([capDrop, securityOptions]).toEqual([['ALL'], ['no-new-privileges:true']]);
      expect(Object.keys(environment).filter((name) => /PASSWORD$|PWD$/.test(name))).toEqual([]);
    }
  });

  it('reads no variable that its docs do not name', () => {
    const docs = readFileSync(join(__dirname, '..', '..', 'docs', 'production.md'), 'utf8');
    const names = [...text.matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(2);
    expect(names.filter((name) => !docs.includes(name))).toEqual([]);
  });

  it('is one that Compose takes', () => {
    const env = { ...process.env, ONEX_TEMPORAL_DIR: dir };
    const compose = (...args: string[]) => spawnSync('docker', ['compose', ...args], { env });
    if (compose('version').status !== 0)
      return console.warn('The file is not checked: there is no docker compose here.');
    const { status, stderr } = compose('-f', file, 'config', '-q');
    expect({ status, said: stderr.toString() }).toEqual({ status: 0, said: '' });
  });
});
