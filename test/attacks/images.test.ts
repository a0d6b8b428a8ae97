import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wordsOf } from '../../contracts/core/foreign-words';
import { connectEngine } from '../../stack/engine/connect-engine';
import { parseStack } from '../../stack/compose/parse-stack';
import { fetchPackages } from '../../stack/images/debian-packages';
import { pullImage } from '../../stack/images/pull-image';
import { resolveImages } from '../../stack/images/resolve-images';
import { startStub } from '../infisical/stub-server';
import { declaredIn } from '../support/declared';
import { engineThatSays } from './refusing-engine';

const CANARY = 'canary-of-a-registry';
const IMAGE = 'registry.example.com/team/app:1';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'onex-images-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const options = (standIns: boolean) => ({ standIns, cacheDir: join(folder, 'cache'), packageDir: folder });
const stack = (image: string) =>
  parseStack(`name: t\nservices: { db: { image: '${image}' } }\n`, { lookup: () => undefined });

describe('a toy that nobody asked for', () => {
  it.each(['postgres:16-alpine', 'valkey/valkey:8', 'infisical/infisical:v1', 'node:20', IMAGE])(
    'does not stand in for %s: no registry is an error that says what there is',
    async (image) => {
      await using it = await engineThatSays(folder, 'Get "https://r/v2/": dial tcp: lookup r: no such host');
      const attempt = resolveImages(it.engine, stack(image), options(false));
      await expect(attempt).rejects.toMatchObject({
        type: 'MissingPrerequisite',
        message: expect.stringMatching(
          new RegExp(
            `^Image ${image} is not here, and no registry answers \\(DNS does not know its name\\).* ${image === IMAGE ? 'stands in for it' : '--local-images'}`,
          ),
        ),
      });
    },
  );

  it('is asked for with the environment, until it is no longer', async () => {
    const asked = { contracts: [folder], values: [] };
    const { host, environment } = await declaredIn(folder, { ...asked, localImages: true });
    expect(environment.declaration.localImages).toBe(true);
    await host.declare({ environment: 'dev', flags: {} });
    expect((await host.newest('dev')).declaration.localImages).toBe(true);
    await host.declare({ environment: 'dev', flags: { localImages: false } });
    expect((await host.newest('dev')).declaration).not.toHaveProperty('localImages');
  });
});

describe('a registry that refuses', () => {
  it.each([
    [
      `pull access denied for ${CANARY}, repository does not exist or may require 'docker login'`,
      'docker login',
    ],
    [`unauthorized: authentication required ${CANARY}`, 'docker login registry.example.com'],
    [`denied: requested access to the resource is denied ${CANARY}`, 'docker login'],
    [`received unexpected HTTP status: 403 Forbidden ${CANARY}`, 'docker login'],
    [`manifest for ${CANARY} not found: manifest unknown`, 'has no image'],
    [
      `no matching manifest for linux/s390x in the manifest list entries ${CANARY}`,
      'the platform of this machine',
    ],
    [
      `Get "https://${CANARY}/v2/": x509: certificate signed by unknown authority`,
      'certs.d/registry.example.com/ca.crt',
    ],
    [`http: server gave HTTP response to HTTPS client ${CANARY}`, 'speaks no TLS'],
    [`toomanyrequests: ${CANARY}`, 'limits pulls'],
    [`manifest verification failed for digest sha256:${CANARY}`, 'not the .* that its digest names'],
    [`write /var/lib/docker: no space left on device ${CANARY}`, 'disk of the Docker Engine is full'],
    [`received unexpected HTTP status: 502 ${CANARY}`, 'has an error, or refuses'],
    [`something quite new ${CANARY}`, 'has an error, or refuses'],
  ])('is not taken for none, whatever may stand in: %s', async (said, means) => {
    await using it = await engineThatSays(folder, said);
    const failure: unknown = await resolveImages(it.engine, stack(IMAGE), options(true)).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ message: expect.stringMatching(means) });
    expect(String((failure as Error).message)).not.toContain(CANARY); // its words are for the owner's file
    expect(wordsOf(failure)).toEqual([{ of: 'the Docker Engine', text: expect.stringContaining(CANARY) }]);
  });

  it('stands for no stand-in of a known image either', async () => {
    await using it = await engineThatSays(folder, 'unauthorized: authentication required');
    const attempt = resolveImages(it.engine, stack('postgres:16-alpine'), options(true));
    await expect(attempt).rejects.toThrow('docker login docker.io');
  });

  it('is something else than an engine that is lost', async () => {
    const nobody = connectEngine({ engine: { host: `unix://${join(folder, 'none.sock')}` } });
    await expect(pullImage(nobody, IMAGE)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('an image by its digest', () => {
  const DIGEST = `sha256:${'ab'.repeat(32)}`;

  it.each([`team/app@${DIGEST}`, `team/app:1@${DIGEST}`])('is pulled by it: %s', async (image) => {
    await using it = await engineThatSays(folder, 'manifest unknown');
    await expect(resolveImages(it.engine, stack(image), options(false))).rejects.toThrow('has no image');
    expect(it.pulls[0]?.url).toContain(`tag=${encodeURIComponent(DIGEST)}`);
  });
});

const withApt = ((): boolean => {
  try {
    return execFileSync('apt-get', ['--version']).length > 0;
  } catch {
    return false;
  }
})();

describe('a mirror that is not Debian’s', () => {
  (withApt ? it : it.skip)('gives no package: nobody whom we know has signed its list', async () => {
    const asked: string[] = [];
    await using mirror = await startStub(({ url = '' }, response) => {
      asked.push(url);
      const today = new Date().toUTCString();
      const release = `Origin: Debian\nSuite: evil\nCodename: evil\nDate: ${today}\nComponents: main\n`;
      if (url.endsWith('/Release')) return response.end(release);
      response.writeHead(404).end();
    });
    const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
    const sources = [{ mirror: mirror.address, suites: ['evil'] }];
    const attempt = fetchPackages(folder, { sources, keyring, seeds: ['bash'], drop: [] }, {});
    await expect(attempt).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringContaining('without a valid signature of Debian'),
    });
    expect(asked.some((url) => url.endsWith('/InRelease'))).toBe(true);
    expect(readdirSync(join(folder, 'debs'))).toEqual([]);
  });
});
