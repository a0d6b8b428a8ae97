import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { containerOf, nodeFileOf } from '../../harness/product';
import { administrator, plantSecret, removeSecret } from '../../harness/secrets';
import { FLEET } from './fleet';
import { places } from './job';
import { newValue, READ, type Preparation, type Run } from './preparation';

/** A key of the example's contracts that is rotated and promoted. */
const KEY = { folder: '/shared/http', key: 'HTTP_BASE_URL' };
const OTHER = 'other';
export const BACKUPS = '/tmp/backups';
const PASSPHRASE = '/tmp/passphrase';

/** Where backups go and who may open them is declared. */
async function declareBackups(run: Run): Promise<void> {
  writeFileSync(PASSPHRASE, `${newValue()}\n`, { mode: 0o600 });
  await run(['backup', '--to', BACKUPS, '--passphrase-file', PASSPHRASE, '--keep', '2']);
}

const PREPARATIONS: readonly (Preparation & { of: RegExp })[] = [
  ...FLEET,
  { of: /^rotate .*(postgres-password|valkey-password|auth-secret)/, reads: READ, stopsInfisical: true },
  {
    of: /^rotate .*--value -/,
    reads: `${KEY.folder}/${KEY.key}`,
    plant: () => {
      const input = newValue();
      return Promise.resolve({ input, values: [input] });
    },
  },
  { of: /^rotate .*HTTP_BASE_URL/, reads: `${KEY.folder}/${KEY.key}` },
  { of: /^backup/, reads: READ, once: declareBackups },
  { of: /^drill/, reads: READ, once: declareBackups },
  {
    of: /^watch/,
    reads: READ,
    plant: async () => {
      execFileSync('docker', ['rm', '--force', containerOf(places, 'greeter')], { stdio: 'ignore' });
      await removeSecret(places, KEY);
      rmSync(nodeFileOf(places, 'node_order_store_effect'));
      return {};
    },
  },
  {
    of: /^prune/,
    reads: READ,
    plant: async (run) => {
      const values = [newValue(), newValue()];
      for (const [index, value] of values.entries())
        await plantSecret(places, { ...KEY, key: `RETIRED_${index}` }, value);
      const plan = JSON.parse(await run(['prune', '--dry-run', '--json'])) as { planId: string };
      return { args: ['prune', '--approved', plan.planId.slice(-16)], values };
    },
  },
  {
    of: /^promote/,
    reads: `${KEY.folder}/${KEY.key}`,
    thenUp: true,
    once: async (run) => {
      const { address, variables } = administrator(places);
      await run(['up', '--environment', OTHER, '--infisical', address], variables);
    },
    plant: async () => {
      const value = newValue();
      await plantSecret({ ...places, environment: OTHER }, KEY, value);
      return { args: ['promote', OTHER, places.environment, KEY.key, '--overwrite'], values: [value] };
    },
  },
];

export const preparationOf = (then: string): Preparation =>
  PREPARATIONS.find(({ of }) => of.test(then)) ?? { reads: READ };
