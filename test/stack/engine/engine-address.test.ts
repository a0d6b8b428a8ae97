import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../../../contracts/core/secret';
import { engineOfShell } from '../../../stack/engine/engine-address';
import { connectEngine } from '../../../stack/engine/connect-engine';
import { temporaryFolder } from '../../environment/files/temporary-folder';

/** A context as `docker context create` writes it. */
function context(
  docker: string,
  name: string,
  endpoint: { Host: string; SkipTLSVerify?: boolean },
  tls = false,
) {
  const id = createHash('sha256').update(name).digest('hex');
  const meta = join(docker, 'contexts', 'meta', id);
  mkdirSync(meta, { recursive: true });
  const content = { Name: name, Metadata: {}, Endpoints: { docker: { SkipTLSVerify: false, ...endpoint } } };
  writeFileSync(join(meta, 'meta.json'), JSON.stringify(content));
  const folder = join(docker, 'contexts', 'tls', id, 'docker');
  if (tls) mkdirSync(folder, { recursive: true });
  if (tls) writeFileSync(join(folder, 'ca.pem'), 'x');
  return folder;
}

const inUse = (docker: string, currentContext: string) =>
  writeFileSync(join(docker, 'config.json'), JSON.stringify({ currentContext, auths: {} }));

const asked = (variables: Record<string, string>, contextInUse = true) =>
  engineOfShell(new Map(Object.entries(variables).map(([name, value]) => [name, new Secret(value)])), {
    workingDir: '/somewhere',
    contextInUse,
  });

describe('the engine that a shell means', () => {
  it('is that of DOCKER_HOST, of DOCKER_CONTEXT, of the context in use, in this order', async () => {
    await using home = await temporaryFolder();
    const docker = join(home.path, '.docker');
    const tls = context(docker, 'far', { Host: 'tcp://far:2376' }, true);
    context(docker, 'rootless', { Host: 'unix:///run/user/1000/docker.sock' });
    context(docker, 'lax', { Host: 'tcp://lax:2376', SkipTLSVerify: true });
    const HOME = home.path;
    expect(await asked({ HOME })).toBeUndefined();
    inUse(docker, 'rootless');
    expect(await asked({ HOME })).toEqual({ host: 'unix:///run/user/1000/docker.sock', context: 'rootless' });
    expect(await asked({ HOME }, false)).toBeUndefined();
    expect(await asked({ HOME, DOCKER_CONTEXT: 'far' }, false)).toEqual({
      host: 'tcp://far:2376',
      context: 'far',
      tls: { folder: tls, verify: true },
    });
    expect(await asked({ HOME, DOCKER_CONTEXT: 'lax' })).toMatchObject({ tls: { verify: false } });
    expect(await asked({ HOME, DOCKER_CONTEXT: 'default' })).toBe('local');
    const DOCKER_HOST = 'tcp://other:2375';
    expect(await asked({ HOME, DOCKER_HOST, DOCKER_CONTEXT: 'far' })).toEqual({ host: DOCKER_HOST });
    expect(await asked({ HOME: '/nowhere', DOCKER_CONFIG: docker })).toMatchObject({ context: 'rootless' });
  });

  it.each([
    [
      { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' },
      { folder: '/certs', verify: true },
    ],
    [
      { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: 'certs' },
      { folder: '/somewhere/certs', verify: true },
    ],
    [{ DOCKER_TLS_VERIFY: '1' }, { folder: '/home/.docker', verify: true }],
    [{ DOCKER_TLS: '1' }, { folder: '/home/.docker', verify: false }],
    [{ DOCKER_CERT_PATH: '/certs' }, undefined],
  ])('speaks TLS where the variables say so: %j', async (variables, tls) => {
    const found = await asked({ HOME: '/home', DOCKER_HOST: 'tcp://x', ...variables });
    expect(found).toEqual({ host: 'tcp://x', ...(tls && { tls }) });
  });

  it('is refused by name where its context is not there, or not as Docker writes it', async () => {
    await using home = await temporaryFolder();
    const docker = join(home.path, '.docker');
    context(docker, 'far', { Host: 'tcp://far:2376' });
    await expect(asked({ HOME: home.path, DOCKER_CONTEXT: 'fra' })).rejects.toMatchObject({
      type: 'BadInput',
      message: expect.stringMatching(
        /DOCKER_CONTEXT names the Docker context fra, .*There are: default, far\./,
      ),
    });
    writeFileSync(join(docker, 'config.json'), '{');
    await expect(asked({ HOME: home.path })).rejects.toMatchObject({
      type: 'BadInput',
      message: expect.stringContaining('config.json is not as Docker writes it'),
    });
  });

  it('needs both files of a client certificate', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(join(folder.path, 'key.pem'), 'x');
    const engine = { host: 'tcp://x', tls: { folder: folder.path, verify: true } };
    expect(() => connectEngine({ engine })).toThrow('key.pem without cert.pem');
  });
});
