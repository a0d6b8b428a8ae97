import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../../contracts/core/secret';
import { InfisicalHttp } from '../../infisical/http';
import { readIdentityState } from '../../infisical/identity/state';
import { writeSecrets } from '../../infisical/secrets/secrets';
import { login } from '../../infisical/session';
import { expectExit, Installation } from '../support/installation';

const MINUTES = 900_000;
const root = join(__dirname, '..', '..');
const PROGRAM = "process.on('SIGHUP', () => console.log('reads again')); setInterval(() => {}, 1000)";
const ON_CHANGE = ['restart', 'signal', 'none'] as const;

/** The stack of the package, with a service for each thing that may be done when its nodes' files change. */
function stackWith(installation: Installation): string {
  const service = (onChange: string) => `
  on-${onChange}:
    image: node:20-alpine
    profiles: [runtime]
    user: '65532:65532'
    init: true
    command: [node, -e, "${PROGRAM}"]
    volumes:
      - ${installation.variables['ONEX_NODES_DIR']}/${installation.environment}/services/on-${onChange}:/run/onex/nodes:ro
    x-onex: { service: greeter, nodes: '*', on_change: ${onChange} }
`;
  const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8').replaceAll(
    './examples',
    `${root}/examples`,
  );
  const file = join(installation.stateDir, 'stack.yml');
  writeFileSync(file, text.replace(/\nvolumes:\n/, `${ON_CHANGE.map(service).join('')}\nvolumes:\n`));
  return file;
}

describe('a value that changed on the server', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await Installation.create();
    installation.variables['ONEX_NODES_DIR'] = join(installation.stateDir, 'nodes');
    expectExit(0, await installation.run('up', '--stack', stackWith(installation)));
  }, MINUTES);
  afterAll(() => installation.remove(), MINUTES);

  async function give(folder: string, key: string, value: string) {
    const stored = await readIdentityState(join(installation.stateDir, installation.environment));
    const { clientId = '', clientSecret = new Secret('') } = stored?.identities['seeder'] ?? {};
    const http = new InfisicalHttp(`http://127.0.0.1:${installation.variables['INFISICAL_EXTERNAL_PORT']}`);
    const scope = { projectId: stored?.projectId ?? '', environment: installation.environment };
    const write = { action: 'UPDATE', folder, key, value: new Secret(value) } as const;
    await writeSecrets(await login(http, { clientId, clientSecret }), scope, [write], {});
  }

  /** Which container a service has, since when it runs, and whether it was told to read again. */
  function seen(onChange: string) {
    const name = `onex-${installation.environment}-on-${onChange}-1`;
    const [id, since] = installation
      .docker('inspect', '-f', '{{.Id}} {{.State.StartedAt}}', name)
      .trim()
      .split(' ');
    const wasTold = installation.docker('logs', name).includes('reads again');
    return { id, since, wasTold };
  }
  const everywhere = () => Object.fromEntries(ON_CHANGE.map((onChange) => [onChange, seen(onChange)]));
  const fileOf = (node: string) =>
    readFileSync(
      join(installation.stateDir, 'nodes', installation.environment, 'all', `${node}.json`),
      'utf8',
    );

  it(
    'is in the nodes’ files after one look, and each service is made anew, signalled or left as its file says',
    async () => {
      const before = everywhere();
      await give('/shared/kafka', 'KAFKA_ACKS', 'one-of-them');
      const { code, stdout } = await installation.run('watch', '--now', '--on-drift', 'heal', '--json');
      expect({ code, left: (JSON.parse(stdout) as { drifts: { first: string[] } }).drifts.first }).toEqual({
        code: 1, // a value that differs from the one given is for somebody to decide on
        left: [expect.stringMatching(/^secret \/shared\/kafka\/KAFKA_ACKS: differs from the value given/)],
      });
      expect(fileOf('node_order_intake_effect')).toContain('one-of-them');
      const { restart, signal, none } = everywhere();
      expect(restart?.id).not.toBe(before['restart']?.id);
      expect(signal).toEqual({ ...before['signal'], wasTold: true });
      expect(none).toEqual(before['none']);

      const after = everywhere();
      await installation.run('watch', '--now', '--on-drift', 'heal');
      expect(everywhere()).toEqual(after); // nothing is done twice
    },
    MINUTES,
  );
});
