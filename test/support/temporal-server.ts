import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const MODULE = 'go.temporal.io/server/cmd/server@v1.30.0'; // newer ones want a newer Go than 1.26.8
const BUILD_MS = 20 * 60_000; // 6.5 minutes on two free cores
const DOWNLOAD_MS = 120_000;
const binary = join(homedir(), '.onex-bootstrap', 'cache', 'temporal-server-v1.30.0', 'server');

/**
 * Path of Temporal's own server, built from the Go module proxy and kept for later runs; undefined, with a word why, where
 * that cannot be. A first build takes minutes of two cores.
 */
export function temporalServer(): string | undefined {
  if (existsSync(binary)) return binary;
  const go = goCommand();
  if (go === undefined) return skipped('there is no Go here');
  console.info(`building ${MODULE}, once on this machine`);
  mkdirSync(dirname(dirname(binary)), { recursive: true });
  const folder = mkdtempSync(`${dirname(binary)}-`);
  const { status, stderr } = spawnSync('nice', ['-n', '5', go, 'install', MODULE], {
    env: { ...process.env, GOBIN: folder },
    timeout: BUILD_MS,
  });
  if (status !== 0) {
    rmSync(folder, { recursive: true });
    return skipped(`it cannot be built (${stderr.toString().trim().split('\n').at(-1) ?? 'no answer'})`);
  }
  if (!existsSync(binary)) renameSync(folder, dirname(binary));
  return binary;
}

/** The folder with the tables of that server in a Postgres, from the same module; undefined as above. */
export function temporalSchema(): string | undefined {
  const go = goCommand();
  if (go === undefined) return skipped('there is no Go here');
  const module = MODULE.replace('/cmd/server', '');
  const { stdout } = spawnSync(go, ['mod', 'download', '-json', module], { timeout: DOWNLOAD_MS });
  const { Dir } = JSON.parse(stdout.toString() || '{}') as { Dir?: string };
  if (Dir === undefined) return skipped(`${module} cannot be had`);
  return join(Dir, 'schema', 'postgresql', 'v12');
}

/** How Go is called here, if it is. */
const goCommand = () =>
  ['go', '/usr/local/go/bin/go'].find((path) => spawnSync(path, ['version']).status === 0);

function skipped(why: string): undefined {
  console.warn(`The tests beside a real Temporal server are skipped: ${why}.`);
  return undefined;
}
