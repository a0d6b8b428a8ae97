import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startDevInfisical, type DevInfisical } from '../support/dev-infisical';
import { NAMESPACE, startGuardedTemporal, type GuardedTemporal } from '../support/guarded-temporal';
import { Installation, expectExit, type Ended } from '../support/installation';
import { temporalServer } from '../support/temporal-server';

const MINUTES = 180_000;
const binary = temporalServer();
const root = join(__dirname, '..', '..');
const example = join(root, 'examples', 'onex');
const SOON = 30; // seconds: nobody waits for what no time cures

(binary === undefined ? describe.skip : describe)('a Temporal server with mTLS and an authorizer', () => {
  let temporal: GuardedTemporal;
  let infisical: DevInfisical;
  let own: Installation;
  const CLIENT = ['TEMPORAL_TLS_CLIENT_CERT_PATH', 'TEMPORAL_TLS_CLIENT_KEY_PATH'];

  beforeAll(async () => {
    temporal = await startGuardedTemporal(binary ?? '');
    infisical = await startDevInfisical({ generation: 'current' });
    own = await Installation.create(temporal.variables(temporal.token('worker', `${NAMESPACE}:write`)));
  }, MINUTES);
  afterAll(async () => {
    await own?.remove();
    await temporal?.stop();
    await infisical?.stop();
  }, MINUTES);

  /** A command with other settings; an empty one is left out. */
  async function runWith(settings: Record<string, string>, ...command: string[]): Promise<Ended> {
    const before = { ...own.variables };
    Object.assign(own.variables, settings);
    for (const [name, value] of Object.entries(settings)) if (value === '') delete own.variables[name];
    const running = own.run(...command); // it has its variables now
    for (const name of Object.keys(settings)) delete own.variables[name];
    Object.assign(own.variables, before);
    return running;
  }

  const up = (...more: string[]) => [
    ...['up', join(example, 'contracts'), '--values', join(example, 'values.env')],
    ...['--values', `billing=${join(example, 'billing.env')}`, '--infisical', infisical.url, ...more],
  ];
  const file = (of: 'certificates' | 'strangers', name: string) => join(temporal[of], name);
  const runs = () =>
    execFileSync('temporal', ['workflow', 'count'], {
      env: { ...own.env, ...temporal.variables(temporal.token('operator', 'temporal-system:admin')) },
    }).toString();

  it(
    'lets in whom it knows: a whole run, and a second one that changes nothing',
    async () => {
      const first = await own.run(...up());
      expectExit(0, first);
      expect(first.stdout).toMatch(/✔ \S+ is up: \d+ changes/);
      const second = await own.run(...up());
      expectExit(0, second);
      expect(second.stdout).toMatch(/is up: 0 changes/);
      const status = await own.run('status');
      expectExit(0, status);
      expect(status.stdout).toContain(`bootstrap/${own.environment}: completed, complete`);
    },
    MINUTES,
  );

  it(
    'is used by the commands of the documentation, with Temporal’s own CLI too',
    () => {
      const [, block = ''] =
        /^```bash\n([\s\S]*?)^```/m.exec(readFileSync(join(root, 'docs', 'temporal.md'), 'utf8')) ?? [];
      const script = block
        .replaceAll('/etc/onex/temporal-', `${temporal.certificates}/`)
        .replace('temporal.example.com:7233', temporal.address)
        .replace('"$(cat /etc/onex/token)"', temporal.token('anna', `${NAMESPACE}:write`))
        .replace(/\bprod\b/g, own.environment);
      const path = [join(root, 'bin'), dirname(process.execPath), own.env['PATH']].join(':');
      const { HOME = '', ONEX_STATE_DIR = '' } = own.env;
      const said = execFileSync('bash', ['-e', '-c', script], {
        env: { HOME, ONEX_STATE_DIR, PATH: path },
        cwd: own.stateDir,
      }).toString();
      expect(said).toContain(`bootstrap/${own.environment}`);
      expect(said).toContain('0 changes');
    },
    MINUTES,
  );

  describe('and refuses all others, who start nothing there', () => {
    const others: [string, () => Record<string, string>, number, RegExp][] = [
      [
        'a client that knows another authority',
        () => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: file('strangers', 'ca.pem') }),
        3,
        /not trusted here \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\).*TEMPORAL_TLS_SERVER_CA_CERT_PATH/,
      ],
      [
        'one that expects another name',
        () => ({ TEMPORAL_TLS_SERVER_NAME: 'other.example' }),
        3,
        /certificate for another name .*TEMPORAL_TLS_SERVER_NAME/,
      ],
      [
        'one without a certificate',
        () => Object.fromEntries(CLIENT.map((name) => [name, ''])),
        1,
        /asks for a client certificate, and none is given.*TEMPORAL_TLS_CLIENT_KEY_PATH/,
      ],
      [
        'one with a certificate of its own making',
        () => ({
          TEMPORAL_TLS_CLIENT_CERT_PATH: file('strangers', 'cert.pem'),
          TEMPORAL_TLS_CLIENT_KEY_PATH: file('strangers', 'key.pem'),
        }),
        1,
        /does not accept this client's certificate/,
      ],
      [
        'one whose key is not that of its certificate',
        () => ({ TEMPORAL_TLS_CLIENT_KEY_PATH: file('strangers', 'key.pem') }),
        2,
        /cannot be used \(ERR_OSSL\w+\): the files/,
      ],
      [
        'one whose certificate is not there',
        () => ({ TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere.pem' }),
        2,
        /\/nowhere\.pem cannot be read \(ENOENT\)/,
      ],
      [
        'one that speaks without TLS',
        () => ({
          ...Object.fromEntries(CLIENT.map((name) => [name, ''])),
          ...{ TEMPORAL_TLS_SERVER_CA_CERT_PATH: '', TEMPORAL_API_KEY: '' },
        }),
        3,
        /speaks TLS only: set TEMPORAL_TLS=true/,
      ],
      ['one without a token', () => ({ TEMPORAL_API_KEY: '' }), 1, /does not let this client do that in/],
      [
        'one with a token that nobody signed',
        () => ({ TEMPORAL_API_KEY: 'x' }),
        1,
        /does not let this client/,
      ],
      [
        'one of another namespace',
        () => ({ TEMPORAL_API_KEY: temporal.token('eve', 'other:write') }),
        1,
        /in the namespace onex\. It needs to read and write there: check .*TEMPORAL_API_KEY/,
      ],
      [
        'one that may only read',
        () => ({ TEMPORAL_API_KEY: temporal.token('eve', `${NAMESPACE}:read`) }),
        1,
        /does not let this client do that/,
      ],
      [
        'one that means a namespace that is not there',
        () => ({ TEMPORAL_NAMESPACE: 'none', TEMPORAL_API_KEY: temporal.token('eve', 'none:write') }),
        3,
        /has no namespace none\. Set TEMPORAL_NAMESPACE .*namespace create none/,
      ],
    ];

    it.each(others)(
      '%s',
      async (_, settings, code, message) => {
        const before = runs();
        const ended = await runWith(settings(), ...up());
        expect(ended).toMatchObject({ code, stderr: expect.stringMatching(message) });
        expect(ended.seconds).toBeLessThan(SOON);
        expect(runs()).toBe(before);
      },
      MINUTES,
    );

    it.each(['status', 'down', 'worker'])(
      'also from %s',
      async (command) => {
        const denied = { TEMPORAL_API_KEY: temporal.token('eve', 'other:write') };
        const ended = await runWith(denied, command);
        expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/does not let this client/) });
        expect(ended.seconds).toBeLessThan(SOON);
      },
      MINUTES,
    );

    it(
      'a worker whose token ends while it works: it says so, and ends',
      async () => {
        const TEMPORAL_API_KEY = temporal.shortToken(12, 'worker', `${NAMESPACE}:write`);
        const ended = await runWith({ TEMPORAL_API_KEY }, 'worker');
        expect(ended.stderr).toContain('Ctrl-C stops it');
        expect(ended).toMatchObject({
          code: 1,
          stderr: expect.stringMatching(/TEMPORAL_API_KEY, which may have expired/),
        });
      },
      MINUTES,
    );
  });

  it(
    'has an environment of one installation; another is refused before it starts anything, unless it takes over',
    async () => {
      const before = runs();
      const other = await Installation.create({ ...own.variables, ONEX_ENVIRONMENT: own.environment });
      for (const command of [up(), ['worker'], ['plan'], up('--dry-run')]) {
        expect(await other.run(...command)).toMatchObject({
          code: 1,
          stderr: expect.stringMatching(/in the Temporal namespace onex belongs to the installation/),
        });
      }
      expect(runs()).toBe(before);
      // it gets as far as somebody else's Infisical
      expect((await other.run(...up('--take-over'))).stderr).toContain('preflight: done');
      await other.remove();
      const foreign = /belongs to the installation .*up -e \S+ --take-over/;
      expect(await own.run(...up())).toMatchObject({ code: 1, stderr: expect.stringMatching(foreign) });
      expectExit(0, await own.run(...up('--take-over')));
      expectExit(0, await own.run(...up()));
    },
    MINUTES,
  );
});
