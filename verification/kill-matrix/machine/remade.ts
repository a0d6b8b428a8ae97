import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { containerOf, stateOf, upArguments } from '../../harness/product';
import { places, type Setting } from './job';
import { BACKUPS, declareBackups, PASSPHRASE, READ, type Preparation, type Run } from './preparation';

/** Nothing of the environment is left on this machine: no service, volume, state or node file. */
async function removeAll(run: Run): Promise<void> {
  await run(['down', '--volumes']);
  rmSync(stateOf(places), { recursive: true, force: true });
  rmSync(join(places.nodes, places.environment), { recursive: true, force: true });
}

const STACK = '/tmp/stack.yml';
const IMAGES = {
  postgres: 'postgres:16-alpine',
  valkey: 'valkey/valkey:8.0-alpine',
  infisical: 'infisical/infisical:v0.165.16',
};
const tagged = (image: string, tag: string) => image.replace(/:.*/, `:${tag}`);
let tags = ['one', 'another'];

/** The stack file asks for the other ones of images that differ in nothing but their names. */
function nameOtherImages(product: string): void {
  tags = tags.reverse();
  let text = readFileSync(join(product, 'docker-compose.yml'), 'utf8');
  for (const image of Object.values(IMAGES)) {
    if (!text.includes(image)) throw new Error(`docker-compose.yml does not name ${image}.`);
    text = text.replaceAll(image, tagged(image, tags[0]!));
  }
  writeFileSync(STACK, text.replaceAll('./examples', join(product, 'examples')));
}

/** Brings the environment up anew with images as of a registry: one that was built here is not upgraded to another. */
async function useOwnImages(run: Run, { product, given }: Setting): Promise<void> {
  const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' }).trim();
  for (const [service, image] of Object.entries(IMAGES)) {
    const built = docker('inspect', '--format', '{{.Image}}', containerOf(places, service));
    const container = docker('create', built);
    for (const tag of tags)
      docker('commit', '--change', 'LABEL onex.image-kind=registry', container, tagged(image, tag));
    docker('rm', container);
  }
  await removeAll(run);
  nameOtherImages(product);
  await run([...upArguments(places.environment, given), '--stack', STACK]);
  nameOtherImages(product);
  await run(['upgrade']); // the newest two backups stay: one of each run from now on takes another one's place
}

const newestBackup = () => {
  const names = readdirSync(BACKUPS).filter((name) => name.endsWith('.age'));
  return join(BACKUPS, names.sort().at(-1)!);
};

/** Commands for which an environment is made anew. */
export const REMADE: readonly (Preparation & { of: RegExp })[] = [
  {
    of: /^upgrade/,
    reads: READ,
    stopsInfisical: true,
    once: useOwnImages,
    plant: (_, { product }) => {
      nameOtherImages(product);
      return Promise.resolve({});
    },
  },
  {
    of: /^restore/,
    once: declareBackups,
    plant: async (run) => {
      await removeAll(run);
      return { args: ['restore', newestBackup(), '--passphrase-file', PASSPHRASE] };
    },
  },
];
