import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { temporalCli } from '../../client/temporal/temporal-cli';
import { lendServers } from './lend-servers';

const ofUser = join(homedir(), '.onex-bootstrap', 'tools');
const ofClone = join(__dirname, '..', '..', 'node_modules', '.cache', 'onex-bootstrap', 'tools');

declare global {
  var lentServers: Awaited<ReturnType<typeof lendServers>> | undefined;
}

/** Before the tests of the lanes that start servers: one Temporal CLI for all, also in a new home, and the lender. */
export default async function setUp(): Promise<void> {
  const path = process.env['PATH'] ?? '';
  const cli = await temporalCli(existsSync(ofUser) ? ofUser : ofClone, path, (line) => console.info(line));
  process.env['PATH'] = [path, dirname(cli)].join(delimiter);
  globalThis.lentServers = await lendServers();
}
