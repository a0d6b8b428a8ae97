import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ensureEngine } from '../../../stack/engine/ensure-engine';
import { stackContext } from '../../../activities/stack/stack-context';
import { readConfiguration } from '../../../contracts/settings/configuration';
import { resolveSettings } from '../../../contracts/settings/resolve-settings';

/** Loading takes seconds, copying what was loaded a tenth of that: kept for the next matrix. */
const KEPT = '/var/tmp/onex-kill-matrix-engine-';

const SCRIPT = `set -e
mount --make-rprivate /
mount -t tmpfs -o mode=0755 tmpfs /run
mount -t tmpfs tmpfs /var/lib/docker
mkdir /run/lock
ip link set lo up
dockerd > /run/dockerd.log 2>&1 &
until docker version > /dev/null 2>&1; do kill -0 $!; sleep 0.05; done
docker load --quiet --input "$1"
kill $!
wait $! || true
rm -rf /var/lib/docker/containerd /var/lib/docker/runtimes /var/lib/docker/tmp /var/lib/docker/network /var/lib/docker/containers
cp -a /var/lib/docker "$2"`;

/** The data folder of a Docker Engine that has the product's images and nothing else. */
export async function engineWithImages(product: string, folder: string): Promise<string> {
  const images = await imagesOf(product);
  const digest = createHash('sha256').update(images.join('\n')).digest('hex').slice(0, 12);
  const kept = `${KEPT}${digest}`;
  if (existsSync(kept)) return kept;
  const [archive, draft] = [join(folder, 'images.tar'), join(folder, 'engine')];
  execFileSync('docker', ['save', '--output', archive, ...images]);
  const isolation = ['--mount', '--net', '--pid', '--fork', '--mount-proc', '--kill-child'];
  execFileSync('unshare', [...isolation, 'bash', '-c', SCRIPT, 'bash', archive, draft], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  rmSync(archive);
  renameSync(draft, kept);
  return kept;
}

/** The images of the stack on this machine's engine, where they are pulled or built if they are not there. */
async function imagesOf(product: string): Promise<string[]> {
  const stateDir = join(homedir(), '.onex-bootstrap');
  const { DOCKER_HOST } = process.env;
  await ensureEngine({ stateDir, ...(DOCKER_HOST === undefined ? {} : { dockerHost: DOCKER_HOST }) });
  const config = readConfiguration(
    { DOCKER_HOST, HOME: homedir(), ONEX_ENVIRONMENT: 'kill' },
    { workingDir: product, packageDir: product },
  );
  const settings = resolveSettings({}, config, {
    nodesDir: product,
    searchAttributes: false,
    exists: () => false,
  });
  const { images } = await stackContext(settings, config);
  const resolved = Object.values(await images(undefined, {}));
  return [...new Set(resolved.map(({ ref }) => ref))].sort();
}
