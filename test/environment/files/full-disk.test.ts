import { readdirSync, readFileSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { ensureStackSecrets } from '../../../stack/engine/ensure-stack-secrets';
import { installationKey, keepKeyCopy } from '../../../environment/keys';
import { updateEnvFile } from '../../../environment/files/env-file';
import { Leases } from '../../../environment/lease';
import { writeNodeFiles } from '../../../environment/node-files';
import { Reports } from '../../../environment/reports';
import { saveProvenKeys } from '../../../stack/engine/volume-keys';
import { writeAheadAdmin, saveBootstrapToken, saveIdentityState } from '../../../infisical/identity/state';
import { FailureType } from '../../../contracts/core/failures';
import { Secret } from '../../../contracts/core/secret';
import { parseStack } from '../../../stack/compose/parse-stack';
import { ensureCodecKeys } from '../../../worker/sealing/codec-keys';
import { mountSmallDisk, type SmallDisk } from '../../support/small-disk';

const KIB = 1024;

/** Every file that is written into the state directory, by what writes it; `round` makes the content another one. */
const writes: Record<string, (dir: string, round: number) => Promise<unknown>> = {
  'admin.json': (dir) => writeAheadAdmin(dir, { email: 'a@onex.local', organization: 'onex' }),
  'bootstrap-token': (dir, round) =>
    saveBootstrapToken(dir, { organizationId: `o${round}`, token: secret(round) }),
  'identity.json': (dir, round) =>
    saveIdentityState(dir, {
      organizationId: `o${round}`,
      projectId: 'p',
      identities: {},
    }),
  'runtime.env': (dir, round) => updateEnvFile(join(dir, 'runtime.env'), { CLIENT_SECRET: secret(round) }),
  'plans/plan.json': (dir) => new Reports(dir).keepPlan('plan', []),
  'digest-key': (dir) => installationKey(dir),
  'secrets/digest-key': (dir) => keepKeyCopy(dir),
  'fingerprints/v.json': (dir, round) =>
    saveProvenKeys(dir, 'v', { key: { fingerprint: `f${round}`, label: 'l' } }),
  'secrets/password': (dir) => ensureStackSecrets(stackIn(dir), { variables: new Map() }),
  'writer.json': (dir, round) =>
    new Leases().during(
      dir,
      { server: 's', address: 'a', host: 'h', workflowId: 'w', runId: `r${round}` },
      () => Promise.resolve(),
    ),
  'codec-keys': (dir) => ensureCodecKeys(join(dir, 'codec-keys')),
  'all/n.json': (dir, round) =>
    writeNodeFiles(dir, [{ node: 'n', service: 's', values: new Map([['KEY', secret(round)]]) }]),
};
const secret = (round: number) => new Secret(`value-${round}`);
const stackIn = (dir: string) =>
  parseStack(
    `
name: onex
services: { s: { image: x, secrets: [password] } }
secrets: { password: { file: ./secrets/password, x-onex: { generate: hex-32 } } }
`,
    { file: join(dir, 'compose.yml'), lookup: () => undefined },
  );

describe('a full disk', () => {
  let disk: SmallDisk | undefined;
  beforeEach(() => (disk = mountSmallDisk(128)));
  afterEach(() => disk?.unmount());

  const contents = () =>
    Object.fromEntries(
      readdirSync(disk!.path, { recursive: true, withFileTypes: true })
        .filter((entry: Dirent) => entry.isFile() && entry.name !== 'filler')
        .map(({ parentPath, name }) => [
          join(parentPath, name),
          readFileSync(join(parentPath, name), 'utf8'),
        ]),
    );

  it.each(Object.keys(writes))(
    'leaves the old %s or none, says so by name, and is got over',
    async (name) => {
      if (disk === undefined) return console.warn('skipped: no file system can be mounted here');
      const write = (round: number) => writes[name]!(disk!.path, round);
      const refusal = {
        type: FailureType.missingPrerequisite,
        message: expect.stringMatching(
          / cannot be written: .*disk is full.* Free some space there and run again/,
        ),
      };
      for (const left of [0, 4 * KIB]) {
        disk.fill(left);
        const before = contents();
        const failed = await write(1).then(
          () => undefined,
          (error: unknown) => error,
        );
        // what fits is written as a whole; what does not leaves nothing behind
        if (failed !== undefined) {
          expect(failed).toMatchObject(refusal);
          expect((failed as Error).message).toContain(disk.path);
          expect(contents()).toMatchObject(before);
          expect(Object.keys(contents()).filter((path) => path.endsWith('.tmp'))).toEqual([]);
        }
        if (left === 0) expect(failed).toBeDefined();
      }
      disk.free();
      await write(2);
      const old = contents();
      expect(Object.keys(old)).toContain(join(disk.path, name));
      disk.fill();
      await write(3).catch((error: unknown) => expect(error).toMatchObject(refusal));
      expect(contents()).toEqual(old);
      disk.free();
      await write(4);
    },
  );
});
