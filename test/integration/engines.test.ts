import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, type Server } from 'node:tls';
import { describeWithEngine } from '../stack/engine/real-engine';
import { authority } from '../support/authority';
import { Installation, expectExit } from '../support/installation';

const MINUTES = 180_000;
const NOBODY = 65_534;
const SOCKET = '/var/run/docker.sock';

describeWithEngine('an engine that is named', () => {
  const dir = mkdtempSync(join(tmpdir(), 'onex-engines-'));
  let certificates: string;
  let others: string;
  let server: Server;
  let host: string;
  let installation: Installation;

  beforeAll(async () => {
    certificates = authority(join(dir, 'certificates'));
    others = authority(join(dir, 'others'));
    const file = (name: string) => readFileSync(join(certificates, name));
    // an engine that speaks TLS and knows its clients, as dockerd --tlsverify does
    server = createTlsServer(
      { key: file('server-key.pem'), cert: file('server-cert.pem'), ca: file('ca.pem'), requestCert: true },
      (client) => {
        const engine = connect(SOCKET);
        for (const end of [client, engine])
          end.on('error', () => [client, engine].forEach((each) => each.destroy()));
        client.pipe(engine).pipe(client);
      },
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    host = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }, MINUTES);
  afterAll(() => {
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });
  beforeEach(async () => {
    installation = await Installation.create();
  });
  afterEach(async () => {
    for (const name of Object.keys(installation.variables).filter((each) => each.startsWith('DOCKER_')))
      delete installation.variables[name];
    installation.variables['DOCKER_CONTEXT'] = 'default';
    await installation.run('declare');
    await installation.remove();
  }, MINUTES);

  /** What every command that asks the engine says and ends with. */
  async function said(): Promise<string[]> {
    const found: string[] = [];
    for (const command of [['up', '--dry-run'], ['status'], ['down']]) {
      const { code, stdout, stderr } = await installation.run(...command);
      found.push(`${command[0]} ${code}: ${stdout}${stderr}`);
    }
    return found;
  }

  it(
    'by DOCKER_HOST and TLS variables is spoken to in TLS, by every later command without them',
    async () => {
      Object.assign(installation.variables, {
        DOCKER_HOST: host,
        DOCKER_TLS_VERIFY: '1',
        DOCKER_CERT_PATH: certificates,
      });
      expect((await installation.run('declare')).code).toBe(0);
      for (const name of ['DOCKER_HOST', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH'])
        delete installation.variables[name];
      expectExit(0, await installation.run('up'));
      const [dry, status, down] = await said();
      expect(dry).toMatch(/^up 0: [^]*nothing to change/);
      expect(status).toMatch(/^status 0: /);
      expect(down).toMatch(/^down 0: [^]*removed container/);
    },
    MINUTES,
  );

  it(
    'by the Docker context in use is found, with the certificates of the context',
    async () => {
      const files = ['ca', 'cert', 'key'].map((name) => `${name}=${join(certificates, `${name}.pem`)}`);
      const docker = (...args: string[]) =>
        execFileSync('docker', ['context', ...args], { env: installation.env, stdio: 'ignore' });
      docker('create', 'own', '--docker', [`host=${host}`, ...files].join(','));
      docker('use', 'own');
      expect((await installation.run('declare')).code).toBe(0);
      const [up, status] = await said();
      expect(up).toMatch(/^up 0: [^]*postgres +skipped +127/);
      expect(status).toMatch(/^status 1: [^]*up would create it/);
      docker('update', 'own', '--docker', [`host=tcp://127.0.0.1:2`, ...files].join(','));
      installation.variables['DOCKER_CONTEXT'] = 'own';
      await installation.run('declare');
      for (const words of await said())
        expect(words).toMatch(
          /^(up|status|down) 3: [^]*127\.0\.0\.1:2 \(Docker context own\) \(.*ECONNREFUSED/,
        );
    },
    MINUTES,
  );

  it.each<[string, () => Record<string, string>, RegExp]>([
    ['one who does not speak TLS to it', () => ({}), /set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH/],
    [
      'an authority that did not sign it',
      () => ({ DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: others }),
      /No Docker Engine answers at DOCKER_HOST=tcp.*(certificate|signed)/,
    ],
  ])(
    'is told apart from none by every command: %s',
    async (_what, variables, words) => {
      Object.assign(installation.variables, { DOCKER_HOST: host, ...variables() });
      expect((await installation.run('declare')).code).toBe(0);
      for (const line of await said()) {
        expect(line).toMatch(/^(up|status|down) 3: /);
        expect(line).toMatch(words);
      }
    },
    MINUTES,
  );

  it(
    'is told by name where it is Podman',
    async () => {
      const podman = createServer((_request, answer) => {
        answer.writeHead(200, { 'content-type': 'application/json' });
        answer.end(
          JSON.stringify({ Version: '5.2.1', Components: [{ Name: 'Podman Engine', Version: '5.2.1' }] }),
        );
      });
      const socket = join(installation.stateDir, 'podman.sock');
      podman.listen(socket);
      await once(podman, 'listening');
      installation.variables['DOCKER_HOST'] = `unix://${socket}`;
      expect((await installation.run('declare')).code).toBe(0);
      for (const line of await said())
        expect(line).toMatch(/^(up|status|down) 3: [^]*is Podman 5\.2\.1; the stack needs a Docker Engine/);
      podman.close();
    },
    MINUTES,
  );

  (process.getuid?.() === 0 ? it : it.skip)(
    'is told apart from none where this user may not use it',
    async () => {
      const state = join(installation.stateDir, 'of-nobody');
      mkdirSync(state, { mode: 0o700 });
      chmodSync(installation.stateDir, 0o755);
      chownSync(state, NOBODY, NOBODY);
      const asNobody = async (...args: string[]) => {
        const child = spawn(process.execPath, ['--', join(__dirname, '../../dist/client/main.js'), ...args], {
          cwd: state,
          env: { ...installation.env, HOME: state, ONEX_STATE_DIR: state },
          uid: NOBODY,
          gid: NOBODY,
        });
        let words = '';
        for (const stream of [child.stdout, child.stderr])
          stream.on('data', (chunk: Buffer) => (words += chunk.toString()));
        const [code] = await once(child, 'close');
        return `${args[0]} ${code}: ${words}`;
      };
      expect(await asNobody('declare')).toMatch(/^declare 0/);
      for (const command of ['status', 'down'])
        expect(await asNobody(command)).toMatch(
          /^(status|down) 3: [^]*This user may not use the Docker Engine at \/var\/run\/docker\.sock/,
        );
    },
    MINUTES,
  );
});
