import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../contracts/core/secret';
import { pullImage } from '../../stack/images/pull-image';
import { registryLogin } from '../../stack/images/registry-login';
import { engineThatSays } from './refusing-engine';

const CANARY = 'canary-of-a-registry';
const IMAGE = 'registry.example.com/team/app:1';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'onex-images-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The variables of a shell whose Docker configuration is this. */
function shell(config: object, more: Record<string, string> = {}): Map<string, Secret> {
  mkdirSync(join(folder, '.docker'), { recursive: true });
  writeFileSync(join(folder, '.docker', 'config.json'), JSON.stringify(config));
  const PATH = `${join(folder, 'bin')}:/usr/bin:/bin`;
  const variables = { HOME: folder, PATH, ...more };
  return new Map(Object.entries(variables).map(([name, value]) => [name, new Secret(value)]));
}

/** Puts a program there that is found as `docker-credential-NAME`. */
function helper(name: string, script: string): void {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  writeFileSync(join(folder, 'bin', `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'bin', `docker-credential-${name}`), 0o755);
}

describe('a login of the user’s Docker configuration', () => {
  const auth = (text: string) => Buffer.from(text).toString('base64');

  it('is sent with the pull, in the header that the engine reads', async () => {
    await using it = await engineThatSays(folder, 'denied');
    const variables = shell({ auths: { 'registry.example.com': { auth: auth(`me:${CANARY}:x`) } } });
    await expect(pullImage(it.engine, IMAGE, { variables })).rejects.toThrow(/to the login in the Docker/);
    const [{ url, auth: sent = '' } = { url: '' }] = it.pulls;
    expect(JSON.parse(Buffer.from(sent, 'base64').toString())).toEqual({
      serveraddress: 'registry.example.com',
      username: 'me',
      password: `${CANARY}:x`,
    });
    expect(url).not.toContain('auth');
  });

  it.each<[string, string, object, object | undefined]>([
    ['of another registry', IMAGE, { auths: { 'other.example.com': { auth: auth('a:b') } } }, undefined],
    ['of none', IMAGE, {}, undefined],
    [
      'of the hub',
      'postgres:16',
      { auths: { 'https://index.docker.io/v1/': { auth: auth('a:b') } } },
      { username: 'a' },
    ],
    [
      'of the hub, for a name with a slash',
      'valkey/valkey',
      { auths: { 'https://index.docker.io/v1/': { auth: auth('a:b') } } },
      { username: 'a' },
    ],
    [
      'with a scheme',
      IMAGE,
      { auths: { 'https://registry.example.com/v2/': { auth: auth('a:b') } } },
      { username: 'a' },
    ],
    [
      'with a port',
      'localhost:5000/app',
      { auths: { 'localhost:5000': { auth: auth('a:b') } } },
      { username: 'a' },
    ],
    [
      'as a token',
      IMAGE,
      { auths: { 'registry.example.com': { identitytoken: 't' } } },
      { identitytoken: 't' },
    ],
  ])('is that of the image’s own registry: %s', async (_, image, config, login) => {
    const found = await registryLogin(image, shell(config));
    if (login === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(login);
  });

  it('comes from a helper, which gets the registry’s name and nothing else of the shell', async () => {
    const log = join(folder, 'log');
    helper(
      'mine',
      `echo "$@" > ${log}; cat >> ${log}; env >> ${log}; echo '{"Username":"me","Secret":"${CANARY}"}'`,
    );
    const config = { credHelpers: { 'registry.example.com': 'mine' }, credsStore: 'none' };
    const variables = shell(config, { INFISICAL_CLIENT_SECRET: CANARY, LD_PRELOAD: 'x.so' });
    expect(await registryLogin(IMAGE, variables)).toEqual({
      serveraddress: 'registry.example.com',
      username: 'me',
      password: CANARY,
    });
    const seen = readFileSync(log, 'utf8');
    expect(seen).toMatch(/^get\nregistry\.example\.com\n/);
    expect(seen).not.toMatch(/INFISICAL|LD_PRELOAD|canary/);
  });

  it('comes from the store where there is no helper for the registry; a token is one', async () => {
    helper('store', `echo '{"Username":"<token>","Secret":"${CANARY}"}'`);
    const login = await registryLogin('postgres:16', shell({ credsStore: 'store' }));
    expect(login).toEqual({ serveraddress: 'https://index.docker.io/v1/', identitytoken: CANARY });
  });

  it('is none where the helper knows of none', async () => {
    helper('empty', 'echo "credentials not found in native keychain"; exit 1');
    expect(await registryLogin(IMAGE, shell({ credsStore: 'empty' }))).toBeUndefined();
  });

  it.each([
    ['fails', `echo "${CANARY}" >&2; exit 3`, /docker-credential-bad, .* failed/],
    ['says nothing that can be used', `echo "${CANARY}"`, /docker-credential-bad, .* failed/],
  ])('ends the run where the helper %s, and no word of it is repeated', async (_, script, said) => {
    helper('bad', script);
    const failure: unknown = await registryLogin(IMAGE, shell({ credsStore: 'bad' })).catch(
      (e: unknown) => e,
    );
    expect(failure).toMatchObject({ type: 'MissingPrerequisite', message: expect.stringMatching(said) });
    expect((failure as Error).message).not.toContain(CANARY);
  });

  it.each(['../evil', '/bin/sh', 'a b', '$(id)'])('runs no other program: %s', async (name) => {
    await expect(registryLogin(IMAGE, shell({ credsStore: name }))).rejects.toThrow('no name of a program');
  });

  it('names a helper that is not there', async () => {
    await expect(registryLogin(IMAGE, shell({ credsStore: 'gone' }))).rejects.toThrow('is not there');
  });
});
