import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { stackVariables } from '../../../stack/compose/stack-variables';

describe('stackVariables', () => {
  it('names all that a file may ask for, without any value', () => {
    expect(
      stackVariables(`
name: onex-\${ENV:-\${FALLBACK:-dev}}
services:
  a:
    image: $IMAGE
    environment: { PASSED_ON: , SET: '\${SET_FROM?needed}', FIXED: $$NOT_ONE }
    volumes: ['~/data:/data']
  b: { image: x, environment: [LISTED, 'GIVEN=1'] }
secrets:
  own: { file: x }
  made: { file: x, x-onex: { generate: hex-32, from: PASSWORD } }
`),
    ).toEqual(['ENV', 'FALLBACK', 'HOME', 'IMAGE', 'LISTED', 'PASSED_ON', 'PASSWORD', 'SET_FROM']);
  });

  it('knows those of the project’s own stack file', () => {
    const file = resolve(__dirname, '../../../docker-compose.yml');
    expect(stackVariables(readFileSync(file, 'utf8'), file)).toEqual(
      expect.arrayContaining(['HOME', 'ONEX_ENVIRONMENT', 'ONEX_STATE_DIR', 'POSTGRES_PASSWORD']),
    );
  });

  it('refuses a text that is no YAML, by its file and line, and leaves the rest to who reads the stack', () => {
    expect(() => stackVariables('name: [', '/srv/x.yml')).toThrow(
      /^\/srv\/x\.yml cannot be used:\n {2}line 1: /,
    );
    expect(stackVariables('name: costs 5 $\nservices: none')).toEqual([]);
  });
});
