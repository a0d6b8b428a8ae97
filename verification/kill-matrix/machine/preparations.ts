import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { containerOf, nodeFileOf } from '../../harness/product';
import { administrator, plantSecret, removeSecret } from '../../harness/secrets';
import { places } from './job';

/** Runs the product in this machine and gives what it printed. */
type Run = (args: string[], variables?: Record<string, string>) => Promise<string>;

/** What one run of a command finds to do, where its arguments alone do not say so. */
interface Planted {
  args?: string[];
  input?: string;
  /** Values that were put somewhere: they must not show. */
  values?: string[];
}

/** What a command needs around it to be tried again and again. */
export interface Preparation {
  /** What is read all the while. */
  reads: string;
  /** It starts Infisical anew: readers have copies for that. */
  stopsInfisical?: boolean;
  /** Once, when the environment is up. */
  once?: (run: Run) => Promise<unknown>;
  /** Before each run of the command. */
  plant?: (run: Run) => Promise<Planted>;
}

const READ = '/shared/database/POSTGRES_PASSWORD';
/** A key of the example's contracts that is rotated and promoted. */
const KEY = { folder: '/shared/http', key: 'HTTP_BASE_URL' };
const OTHER = 'other';
export const BACKUPS = '/tmp/backups';
const PASSPHRASE = '/tmp/passphrase';
const newValue = () => `canary-${randomBytes(8).toString('hex')}`;

/** Where backups go and who may open them is declared. */
async function declareBackups(run: Run): Promise<void> {
  writeFileSync(PASSPHRASE, `${newValue()}\n`, { mode: 0o600 });
  await run(['backup', '--to', BACKUPS, '--passphrase-file', PASSPHRASE, '--keep', '2']);
}

const PREPARATIONS: readonly (Preparation & { of: RegExp })[] = [
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
