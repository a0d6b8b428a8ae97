import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../contracts/core/wait-for';
import { authority } from '../support/authority';
import { startDevInfisical, type DevInfisical } from '../support/dev-infisical';
import { NAMESPACE, startGuardedTemporal, type GuardedTemporal } from '../support/guarded-temporal';
import { expectExit, Installation, type Running } from '../support/installation';
import { temporalServer } from '../support/temporal-server';

const MINUTES = 180_000;
const binary = temporalServer();
const example = join(__dirname, '..', '..', 'examples', 'onex');

(binary === undefined ? describe.skip : describe)(
  'certificates that are renewed while a worker works',
  () => {
    const dir = mkdtempSync(join(tmpdir(), 'onex-renewed-'));
    const [held, fresh] = [join(dir, 'held'), join(dir, 'fresh')];
    let temporal: GuardedTemporal;
    let infisical: DevInfisical;
    let own: Installation;
    let worker: Running;

    beforeAll(async () => {
      temporal = await startGuardedTemporal(binary ?? '');
      infisical = await startDevInfisical();
      cpSync(temporal.certificates, held, { recursive: true });
      const named = temporal.variables(temporal.token('worker', `${NAMESPACE}:write`));
      const variables = Object.entries(named).map(([name, value]) => [
        name,
        value.replace(temporal.certificates, held),
      ]);
      own = await Installation.create(Object.fromEntries(variables));
      worker = own.start('worker');
      await worker.says('Ctrl-C stops it');
    }, MINUTES);
    afterAll(async () => {
      worker?.child.kill('SIGINT');
      await worker?.ended;
      await own?.remove();
      await temporal?.stop();
      await infisical?.stop();
      rmSync(dir, { recursive: true, force: true });
    }, MINUTES);

    it(
      'says what is refused, takes what is on disk once that fits, and works on',
      async () => {
        await temporal.kill();
        cpSync(authority(fresh), temporal.certificates, { recursive: true });
        await temporal.start();
        await worker.says('of an authority that is not trusted here');
        expect(worker.output()).toMatch(
          /TEMPORAL_TLS_SERVER_CA_CERT_PATH\. The worker goes on by itself then/,
        );
        cpSync(fresh, held, { recursive: true });
        await worker.says('takes the certificates that are there now; the worker goes on anew');
        const up = await own.run(
          ...['up', join(example, 'contracts'), '--values', join(example, 'values.env')],
          ...['--values', `billing=${join(example, 'billing.env')}`, '--infisical', infisical.url],
        );
        expectExit(0, up);
        // that may have ended before the worker was there again
        const again = () => worker.output().match(/^worker of /gm)?.[1];
        expect(await waitFor(again, { forMs: 30_000 })).toBeDefined();
      },
      MINUTES,
    );

    it(
      'tells what is wrong with one that commands can use and workers cannot: it is of version 1',
      async () => {
        const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: held, stdio: 'ignore' });
        openssl('req', '-new', '-key', 'key.pem', '-subj', '/CN=old', '-out', 'old.csr');
        const by = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial'];
        openssl('x509', '-req', '-in', 'old.csr', ...by, '-out', 'cert.pem');
        expect(await own.run('worker')).toMatchObject({
          code: 2,
          stderr: expect.stringMatching(/\(UnsupportedCertVersion\).*must be X\.509 version 3/),
        });
      },
      MINUTES,
    );
  },
);
