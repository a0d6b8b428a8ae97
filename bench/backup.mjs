// Size and time of a backup of 10,000 secrets on the local stack, and of the drill that proves it.
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../dist/client/temporal/dev-server.js';
import { print, round, say } from './support/print.mjs';
import { command, writeContracts, writeValues } from './support/product.mjs';

const KEYS = 20;
const options = { sizes: { type: 'string', default: '1000,10000' }, json: { type: 'boolean' } };
const rows = [];
for (const size of parseArgs({ options }).values.sizes.split(',').map(Number)) rows.push(await measure(size));
print({
  title: 'backup and drill of the local stack',
  columns: ['secrets', 'file, KiB', 'backup: seconds', 'backup: MiB', 'drill: seconds', 'drill: MiB'],
  rows,
  notes: [
    'Seconds and MiB (peak) are of the whole command, workers included; a passphrase costs a second of them.',
  ],
});

async function measure(size) {
  say(`${size} secrets`);
  const folder = mkdtempSync(join(tmpdir(), 'onex-bench-backup-'));
  const variables = { ONEX_LOCAL_IMAGES: 'true', ONEX_ENVIRONMENT: 'bench-backup' };
  for (const name of ['POSTGRES', 'VALKEY', 'INFISICAL'])
    variables[`${name}_EXTERNAL_PORT`] = String(await freePort(0));
  variables.GREETER_PORT = String(await freePort(0));
  writeFileSync(join(folder, 'passphrase'), 'of a bench\n', { mode: 0o600 });
  const run = (...args) => {
    say(args[0]);
    return command(folder, args, variables);
  };
  try {
    const contracts = writeContracts(folder, size / KEYS, KEYS);
    await run('up', contracts, '--values', writeValues(folder, size / KEYS, KEYS));
    const backup = await run('backup', '--to', 'backups', '--passphrase-file', 'passphrase');
    const [file] = readdirSync(join(folder, 'backups'));
    const drill = await run('drill');
    return {
      secrets: size,
      'file, KiB': Math.round(statSync(join(folder, 'backups', file)).size / 1024),
      'backup: seconds': round(backup.seconds, 1),
      'backup: MiB': Math.round(backup.memory),
      'drill: seconds': round(drill.seconds, 1),
      'drill: MiB': Math.round(drill.memory),
    };
  } finally {
    await command(folder, ['down', '--volumes'], variables).catch((error) => say(error.message));
    rmSync(folder, { recursive: true, force: true });
  }
}
