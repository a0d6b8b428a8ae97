import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { assertKnownVersion, readSecretFile, readStateFile } from '../../../environment/files/state-file';
import { readProvenKeys, saveProvenKeys } from '../../../stack/engine/volume-keys';
import {
  readAdminCredentials,
  readBootstrapToken,
  readIdentityState,
} from '../../../infisical/identity/state';
import { FailureType } from '../../../contracts/core/failures';
import { readGrants } from '../../../client/codec-server/grants';
import { readServerFile, writeServerFile } from '../../../client/temporal/dev-server';
import { temporaryFolder } from './temporary-folder';

const schema = z.object({ version: z.literal(1), secret: z.string() });

describe('a state file', () => {
  it('may be absent', async () => {
    await using folder = await temporaryFolder();
    expect(await readStateFile(folder.path, 'x.json', schema)).toBeUndefined();
  });

  it.each([
    ['cut short', '{"version":1,"sec', /x\.json is not JSON\. Restore it from a backup/],
    ['of another shape', '{"version":1,"secret":7}', /x\.json has no usable secret\. Restore/],
    [
      'of a newer release',
      '{"version":2,"secret":"hush"}',
      /newer onex-bootstrap \(version 2\): use that one/,
    ],
  ])('%s is refused without its content', async (_what, text, message) => {
    await using folder = await temporaryFolder();
    writeFileSync(join(folder.path, 'x.json'), text);
    const failure = await readStateFile(folder.path, 'x.json', schema).catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: FailureType.refused, message: expect.stringMatching(message) });
    expect((failure as Error).message).not.toContain('hush');
  });

  it('of before versions passes', () => {
    expect(() => assertKnownVersion('x.json', { port: 7233 })).not.toThrow();
  });
});

describe('every state file', () => {
  it.each<[string, (dir: string) => Promise<unknown>]>([
    ['admin.json', readAdminCredentials],
    ['bootstrap-token', readBootstrapToken],
    ['identity.json', readIdentityState],
    ['server.json', readServerFile],
    ['grants.json', readGrants],
  ])('%s of a newer release is refused', async (name, read) => {
    await using folder = await temporaryFolder();
    writeFileSync(join(folder.path, name), '{"version":2}');
    await expect(read(folder.path)).rejects.toThrow(`${name} was written by a newer onex-bootstrap`);
  });

  it('fingerprints too; what was proven earlier stays', async () => {
    await using folder = await temporaryFolder();
    await saveProvenKeys(folder.path, 'v', { a: { fingerprint: '1', label: '0' } });
    await saveProvenKeys(folder.path, 'v', { b: { fingerprint: '2', label: '3' } });
    expect(await readProvenKeys(folder.path, 'v')).toEqual({
      a: { fingerprint: '1', label: '0' },
      b: { fingerprint: '2', label: '3' },
    });
    writeFileSync(join(folder.path, 'fingerprints', 'v.json'), '{"version":2,"keys":{}}');
    await expect(readProvenKeys(folder.path, 'v')).rejects.toThrow(/newer onex-bootstrap/);
  });

  it('the embedded server’s is a preference where it is damaged, and that of an earlier release is read', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'server.json');
    writeFileSync(path, '{"port":7233,"uiPort":8233,"pid":1}');
    expect(await readServerFile(folder.path)).toEqual({ port: 7233, uiPort: 8233, pid: 1 });
    writeFileSync(path, '{"port":72');
    expect(await readServerFile(folder.path)).toBeUndefined();
    await writeServerFile(folder.path, { port: 1, uiPort: 2 });
    expect(await readServerFile(folder.path)).toEqual({ port: 1, uiPort: 2 });
  });
});

describe('readSecretFile', () => {
  it('drops one line break at the end, and nothing else', async () => {
    await using folder = await temporaryFolder();
    writeFileSync(join(folder.path, 'password'), ' pass word \n\n');
    expect((await readSecretFile(join(folder.path, 'password')))?.reveal()).toBe(' pass word \n');
  });

  it('knows that there is none', async () => {
    await expect(readSecretFile('/nonexistent/password')).resolves.toBeUndefined();
  });
});
