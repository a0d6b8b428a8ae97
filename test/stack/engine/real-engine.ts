import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connectEngine } from '../../../stack/engine/connect-engine';
import { ensureEngine } from '../../../stack/engine/ensure-engine';
import { ensureNetworkAndVolumes } from '../../../stack/engine/network-and-volumes';
import { ensureService, type EnsuredService } from '../../../stack/engine/ensure-service';
import { ensureStackSecrets } from '../../../stack/engine/ensure-stack-secrets';
import { removeStack } from '../../../stack/engine/remove-stack';
import { ensureLocalImages } from '../../../stack/images/ensure-local-images';
import { localImageFor } from '../../../stack/images/local-image';
import type { ResolvedImage } from '../../../stack/images/image';
import { resolveImages } from '../../../stack/images/resolve-images';
import { keyedDigest } from '../../../contracts/core/keyed-digest';
import { Secret } from '../../../contracts/core/secret';
import { parseStack } from '../../../stack/compose/parse-stack';
import { startOrder, outlineStack } from '../../../stack/compose/order';
import type { Stack } from '../../../stack/compose/stack';
import { freePort } from '../../support/local-services';

export const packageDir = resolve(__dirname, '../../..');
export const engine = connectEngine();
const imageCache = join(tmpdir(), 'onex-bootstrap-test-images');

const canInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version');
const hasEngine = existsSync('/var/run/docker.sock') || canInstall;
if (!hasEngine)
  console.warn('skipped: no Docker Engine here, and none can be installed (root on Debian or Ubuntu can)');

/** `describe` where an engine can be had. */
export const describeWithEngine = hasEngine ? describe : describe.skip;

/** A stand-in for the development Infisical: what the image runs is not what these tests are about. */
const stub = `require('node:http').createServer((_, answer) => answer.end('{"message":"Ok"}')).listen(8080);
process.on('SIGTERM', () => process.exit(0));`;

export class TestStack {
  readonly dir = mkdtempSync(join(tmpdir(), 'onex-stack-'));
  readonly environment = `t${randomBytes(4).toString('hex')}`;
  readonly stateDir = join(this.dir, this.environment);
  readonly variables: Record<string, string> = {
    HOME: this.dir,
    ONEX_STATE_DIR: this.dir,
    ONEX_ENVIRONMENT: this.environment,
  };

  async prepare(): Promise<this> {
    await ensureEngine({ stateDir: join(tmpdir(), 'onex-bootstrap-test-engine') });
    const names = [
      'POSTGRES_EXTERNAL_PORT',
      'VALKEY_EXTERNAL_PORT',
      'INFISICAL_EXTERNAL_PORT',
      'GREETER_PORT',
    ];
    for (const name of names) this.variables[name] = String(await freePort());
    return this;
  }

  /** The project's own stack file, or a text. */
  parse(text = readFileSync(join(packageDir, 'docker-compose.yml'), 'utf8')): Stack {
    return parseStack(text, {
      file: join(packageDir, 'docker-compose.yml'),
      lookup: (name) => this.variables[name],
    });
  }

  /** Images as `up` chooses them. */
  images(stack: Stack, services: string[], standIns = true) {
    return resolveImages(engine, stack, { services, ...this.imageOptions(), standIns });
  }

  /** Local images, also where a registry answers: the tests are the same everywhere. */
  async localImages(stack: Stack, services: string[]): Promise<Record<string, ResolvedImage>> {
    const wanted = services.map((name) => [name, localImageFor(stack.services[name]!.image)!] as const);
    const images = [...new Set(wanted.map(([, image]) => image))];
    const built = await ensureLocalImages(engine, images, this.imageOptions());
    return Object.fromEntries(wanted.map(([name, image]) => [name, built.get(image.name)!]));
  }

  private imageOptions() {
    const devInfisicalBundle = join(this.dir, 'server.js');
    if (!existsSync(devInfisicalBundle)) writeFileSync(devInfisicalBundle, stub);
    return { cacheDir: imageCache, packageDir, devInfisicalBundle, standIns: true };
  }

  /** Brings services up in order, as `up` does. */
  async up(
    stack: Stack,
    services = startOrder(outlineStack(stack).services).flat(),
    given: Record<string, string> = {},
  ): Promise<Record<string, EnsuredService>> {
    await ensureStackSecrets(stack, {
      variables: new Map(Object.entries(given).map(([name, value]) => [name, new Secret(value)])),
    });
    const images = await this.localImages(stack, services);
    const { environment, stateDir } = this;
    await ensureNetworkAndVolumes(engine, stack, { environment, stateDir, images });
    const results: Record<string, EnsuredService> = {};
    for (const name of services) {
      const options = { environment, stateDir, image: images[name]! };
      results[name] = await ensureService(engine, stack, name, options);
    }
    return results;
  }

  /** Stops every container of a stack, as `docker compose stop` does. */
  async stop(stack: Stack): Promise<void> {
    const running = await engine.listContainers({ filters: { label: [`onex.project=${stack.name}`] } });
    await Promise.all(running.map(({ Id }) => engine.getContainer(Id).stop()));
  }

  secret(name: string): string {
    return readFileSync(join(this.stateDir, 'secrets', name), 'utf8');
  }

  owner(stack: Stack) {
    const path = join(this.stateDir, 'digest-key');
    const key = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
    const tag = `onex-bootstrap ${keyedDigest(new Secret(key), new Secret('tag'))}`;
    return { environment: this.environment, project: stack.name, tag };
  }

  async remove(stack: Stack): Promise<void> {
    await removeStack(engine, this.owner(stack), { volumes: true });
    rmSync(this.dir, { recursive: true, force: true });
  }
}
