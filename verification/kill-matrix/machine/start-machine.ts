import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { start } from '../../harness/processes';
import { imagesOf } from '../../harness/product';
import type { Job, Sequence } from './job';

const LIMIT_MS = 10 * 60_000; // far above a run with three `up`s on a busy machine
const SEQUENCE_LIMIT_MS = 24 * 60 * 60_000; // each of its runs has a limit of its own
/** Loading takes seconds, copying what was loaded a tenth of that: kept for the next matrix. */
const KEPT = '/var/tmp/onex-kill-matrix-engine-';
const ISOLATION = ['--mount', '--net', '--pid', '--fork', '--mount-proc', '--kill-child'];

const EMPTY_MACHINE = `set -e
mount --make-rprivate /
mount -t tmpfs -o mode=0755 tmpfs /run
mount -t tmpfs tmpfs /var/lib/docker
mkdir /run/lock
ip link set lo up`;

// The shell stays process 1 and so inherits, and buries, whatever loses its parent. The modules of a clone below /tmp
// are to be seen in the product's folder still.
const RUN = `${EMPTY_MACHINE}
mount --bind "$MODULES" "$PRODUCT/node_modules"
mount -t tmpfs -o mode=1777 tmpfs /tmp
cp -a "$ENGINE/." /var/lib/docker/
"$@" || exit $?`;

const LOAD_IMAGES = `${EMPTY_MACHINE}
dockerd > /run/dockerd.log 2>&1 &
until docker version > /dev/null 2>&1; do kill -0 $!; sleep 0.05; done
docker load --quiet --input "$1"
kill $!
wait $! || true
cd /var/lib/docker
rm -rf containerd runtimes tmp network containers
cp -a /var/lib/docker "$2"`;

/** What the machines of a matrix share, read only. */
export interface MachineFiles {
  /** The program that runs in a machine. */
  runner: string;
  /** Data of a Docker Engine that has the images and nothing else. */
  engine: string;
  /** Seen as `node_modules` of the product. */
  modules: string;
}

/**
 * Does one job in a machine of its own: private mounts, network and processes, an engine that has the images and
 * nothing else. All of it ends with the job, whatever was killed in there. `tell` gets each result as it comes.
 */
export async function inMachine<Result>(
  { runner, engine, modules }: MachineFiles,
  job: Job | Sequence,
  tell: (result: Result) => void,
): Promise<void> {
  const program = [process.execPath, '--', runner, JSON.stringify(job)];
  const args = ['--pdeathsig', 'KILL', 'unshare', ...ISOLATION, 'bash', '-c', RUN, 'bash', ...program];
  let half = '';
  const onOutput = (text: string, of: 'stdout' | 'stderr') => {
    if (of === 'stderr') return;
    const lines = (half + text).split('\n');
    half = lines.pop() ?? '';
    for (const line of lines) tell(JSON.parse(line) as Result);
  };
  const machine = start(
    'setpriv',
    args,
    {
      env: { PATH: process.env['PATH'], ENGINE: engine, MODULES: modules, PRODUCT: job.product },
      timeout: 'commands' in job ? SEQUENCE_LIMIT_MS : LIMIT_MS,
      killSignal: 'SIGKILL',
    },
    onOutput,
  );
  const code = await machine.ended;
  if (code !== 0) throw new Error(`the machine of a run ended with ${code}:\n${machine.stderr()}`);
}

/** The data folder of a Docker Engine that has the product's images and nothing else. */
export async function engineWithImages(product: string, folder: string): Promise<string> {
  const images = await imagesOf(product);
  const digest = createHash('sha256').update(images.join('\n')).digest('hex').slice(0, 12);
  const kept = `${KEPT}${digest}`;
  if (existsSync(kept)) return kept;
  const [archive, draft] = [join(folder, 'images.tar'), join(folder, 'engine')];
  execFileSync('docker', ['save', '--output', archive, ...images]);
  execFileSync('unshare', [...ISOLATION, 'bash', '-c', LOAD_IMAGES, 'bash', archive, draft], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  rmSync(archive);
  renameSync(draft, kept);
  return kept;
}
