import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createTlsServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../contracts/core/secret';
import { InfisicalHttp } from '../../infisical/http';
import { readStatus } from '../../infisical/server';
import { login } from '../../infisical/session';
import { handlerFromEnvironment } from '../../reads/handler-from-environment';
import { answer } from '../infisical/stub-server';

const CANARY = 'canary-of-a-credential';
const variables = {
  INFISICAL_CLIENT_ID: 'client',
  INFISICAL_CLIENT_SECRET: CANARY,
  INFISICAL_PROJECT_ID: 'project',
};
const identity = { clientId: 'client', clientSecret: new Secret(CANARY) };

describe('a certificate', () => {
  let server: Server;
  let requests = 0;
  const certs = mkdtempSync(join(tmpdir(), 'onex-certificates-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: certs, stdio: 'pipe' });
  const authority = (name: string) =>
    openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`],
    );
  const signed = (name: string, by: string) => {
    const request = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
    openssl(...request, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`, ...names);
    const by509 = ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial', '-days', '2'];
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...by509,
      '-copy_extensions',
      'copy',
      '-out',
      `${name}.pem`,
    );
  };
  const at = (name: string) => join(certs, name);

  beforeAll(async () => {
    authority('ours');
    authority('theirs');
    signed('server', 'ours');
    signed('renewed', 'ours');
    const options = { key: readFileSync(at('server.key')), cert: readFileSync(at('server.pem')) };
    server = createTlsServer(options, (_, response) => {
      requests++;
      answer(response, 200, { message: 'Ok', accessToken: 't' });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.close();
    rmSync(certs, { recursive: true });
  });
  const address = () => `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

  it('of an unknown authority is final, and tells how to make it known', async () => {
    const attempt = login(new InfisicalHttp(address()), identity);
    await expect(attempt).rejects.toMatchObject({
      problem: { kind: 'unavailable', reason: 'certificate' },
      message: expect.stringMatching(/--infisical-ca .*INFISICAL_CA_FILE.*NODE_EXTRA_CA_CERTS/),
    });
    const audit = { record: () => {} };
    const handler = handlerFromEnvironment({ ...variables, INFISICAL_ADDR: address() }, { audit });
    await expect(handler.getSecret({ secret_name: 'KEY' })).rejects.toThrow('INFISICAL_CA_FILE');
    expect(requests).toBe(0);
  });

  it('of another authority than the named one is refused, whoever else vouches for it', async () => {
    const attempt = login(new InfisicalHttp(address(), { caFile: at('theirs.pem') }), identity);
    await expect(attempt).rejects.toMatchObject({ problem: { reason: 'certificate' } });
    expect(requests).toBe(0);
  });

  it('of the named authority is taken, also once it is renewed', async () => {
    const http = new InfisicalHttp(address(), { caFile: at('ours.pem') });
    await login(http, identity);
    const renewed = { key: readFileSync(at('renewed.key')), cert: readFileSync(at('renewed.pem')) };
    server.setSecureContext(renewed);
    await expect(readStatus(new InfisicalHttp(address(), { caFile: at('ours.pem') }))).resolves.toEqual({
      state: 'ready',
    });
  });

  it('is judged by a file that is there', async () => {
    const attempt = login(new InfisicalHttp(address(), { caFile: at('none.pem') }), identity);
    await expect(attempt).rejects.toMatchObject({
      type: 'BadInput',
      message: expect.stringMatching(/CA file .*no such file/),
    });
  });
});
