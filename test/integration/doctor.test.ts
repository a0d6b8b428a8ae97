import { cpSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startDevInfisical, type DevInfisical } from '../support/dev-infisical';
import { Installation, expectExit } from '../support/installation';

const MINUTES = 180_000;
const example = join(__dirname, '..', '..', 'examples', 'onex');

interface Answer {
  ok: boolean;
  findings: { check: string; ok: boolean; what: string; mend?: string }[];
}

describe('doctor', () => {
  let infisical: DevInfisical;
  let installation: Installation;
  let contracts: string;

  beforeAll(async () => {
    infisical = await startDevInfisical();
    installation = await Installation.create();
    installation.variables['ONEX_NODES_DIR'] = join(installation.stateDir, 'nodes');
    contracts = join(installation.stateDir, 'contracts');
    cpSync(join(example, 'contracts'), contracts, { recursive: true });
  }, MINUTES);
  afterAll(async () => {
    await installation.run('down');
    await installation.remove();
    await infisical.stop();
  }, MINUTES);

  const asked = async () => {
    const { code, stdout, seconds } = await installation.run('doctor', '--json');
    const { ok, findings } = JSON.parse(stdout) as Answer;
    const unwell = Object.fromEntries(
      findings.filter((finding) => !finding.ok).map(({ check, what, mend }) => [check, `${what} → ${mend}`]),
    );
    return { code, ok, unwell, seconds, checks: findings.map(({ check }) => check) };
  };

  it(
    'finds all well after up, and then each thing that is not, with the command that mends it',
    async () => {
      expectExit(2, await installation.run('doctor')); // nothing is declared yet
      const values = [
        '--values',
        join(example, 'values.env'),
        '--values',
        `billing=${join(example, 'billing.env')}`,
      ];
      expectExit(0, await installation.run('up', contracts, ...values, '--infisical', infisical.url));
      const well = await asked();
      expect(well).toMatchObject({ code: 0, ok: true, unwell: {} });
      expect(well.checks).toEqual([
        ...['state directory', 'files', 'temporal', 'last run', 'infisical', 'identities', 'ages'],
        ...['node files', 'backups'],
      ]);

      const bundle = join(installation.stateDir, 'bundle.json');
      expectExit(0, await installation.run('doctor', '--bundle', bundle));
      const text = readFileSync(bundle, 'utf8');
      expect(JSON.parse(text)).toMatchObject({ declaration: { environment: installation.environment } });
      expect(statSync(bundle).mode & 0o777).toBe(0o600);
      const planted = readFileSync(join(example, 'values.env'), 'utf8').matchAll(/^[A-Z_]+=(.{12,})$/gm);
      expect([...planted].filter(([, value = '']) => text.includes(value))).toEqual([]);

      rmSync(contracts, { recursive: true });
      rmSync(join(installation.stateDir, 'nodes', installation.environment), { recursive: true });
      await infisical.stop();
      const unwell = await asked();
      expect(unwell).toMatchObject({
        code: 1,
        ok: false,
        unwell: {
          files: expect.stringMatching(/^declared, and not there: \S+contracts → .*declare -e/),
          infisical: expect.stringMatching(/cannot be reached .* → start that Infisical/),
          identities: expect.stringMatching(/cannot be reached .* → start that Infisical/),
          'node files': expect.stringMatching(/lacks the files of .* and \d+ more .*tmpfs\) → \S+ up -e /),
        },
      });
      expect(Object.keys(unwell.unwell)).toHaveLength(4);
      expect(unwell.seconds).toBeLessThan(15); // 3 s, and the start of Node on a busy machine

      expectExit(0, await installation.run('down'));
      const stopped = await asked();
      expect(stopped.unwell['temporal']).toMatch(/does not run → \S+ up -e /);
    },
    MINUTES,
  );
});
