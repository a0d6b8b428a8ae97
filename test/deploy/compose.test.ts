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

  it('is one that Compose takes', () => {
    const has = (program: string, ...args: string[]) => spawnSync(program, [...args, 'version']).status === 0;
    const tool = has('docker', 'compose') ? 'docker compose' : has('docker-compose') ? 'docker-compose' : '';
    if (tool === '') return console.warn('The file is not checked: there is no docker compose here.');
    const [program = '', ...args] = tool.split(' ');
    const env = { ...process.env, ONEX_TEMPORAL_DIR: dir };
    const { status, stderr } = spawnSync(program, [...args, '-f', file, 'config', '-q'], { env });
    expect({ status, said: stderr.toString() }).toEqual({ status: 0, said: '' });
  });
});
