import { rm, stat } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { unavailable } from '../../contracts/core/failures';
import { infisicalAndNeeded, scratchStack } from '../../stack/compose/scratch-stack';
import type { Stack } from '../../stack/compose/stack';
import { pingEngine } from '../../stack/engine/connect-engine';
import { removeStack } from '../../stack/engine/remove-stack';
import type { Progress } from '../../stack/engine/run-command';
import type { ResolvedImage } from '../../stack/images/image';
import { Environment } from '../environment';
import { ifThere } from '../files/system';
import { readStateFile, STATE_VERSION, writeStateFile } from '../files/state-file';
import type { Host } from '../host';

const FOLDER = 'drill';
const PORTS = 'ports.json';
const portsSchema = z.object({ version: z.literal(STATE_VERSION), ports: z.record(z.string(), z.int()) });

const nameOf = ({ environment }: Environment) => `${environment}-drill`;
const folderOf = ({ stateDir }: Environment) => join(stateDir, FOLDER);

/** A second stack of an environment beside the real one: a name, volumes, ports and a state of its own, and the same images. */
export class Scratch extends Environment {
  private constructor(
    host: Host,
    readonly real: Environment,
    private readonly ports: Record<number, number>,
  ) {
    super(
      { configuration: { ...host.configuration, stateRoot: folderOf(real) }, contracts: host.contracts },
      { ...real.declaration, environment: nameOf(real) },
      real.variables,
    );
  }

  /** The one that was begun, or one with free ports. */
  static async open(host: Host, real: Environment): Promise<Scratch> {
    const begun = await readStateFile(folderOf(real), PORTS, portsSchema);
    if (begun !== undefined) return new Scratch(host, real, begun.ports);
    const services = infisicalAndNeeded(await real.stack({ whole: true }));
    const ports: Record<number, number> = {};
    for (const { host: port } of services.flatMap((service) => service.ports)) ports[port] = await freePort();
    await writeStateFile(folderOf(real), PORTS, { ports });
    return new Scratch(host, real, ports);
  }

  override async stack(): Promise<Stack> {
    const stack = await this.real.stack({ whole: true });
    const secretsDir = join(this.stateDir, 'secrets');
    return scratchStack(stack, { name: `${stack.name}-drill`, ports: this.ports, secretsDir });
  }

  override async images(
    services: readonly string[] | undefined,
    progress: Progress,
  ): Promise<Record<string, ResolvedImage>> {
    return this.real.images(services ?? Object.keys((await this.stack()).services), progress);
  }
}

/** Takes everything of a scratch stack away, its data and its state. Unavailable where its engine cannot be asked. */
export async function removeScratch(real: Environment, progress: Progress = {}): Promise<void> {
  const engine = real.engine();
  if ((await pingEngine(engine)).state === 'alive')
    await removeStack(
      engine,
      { environment: nameOf(real), tag: await real.tag(), project: undefined },
      { volumes: true, ...progress },
    );
  else if ((await ifThere(stat(folderOf(real)))) !== undefined)
    throw unavailable('The Docker Engine does not answer: the scratch stack of a drill is still there.', {
      lost: { kind: 'engine' },
    });
  await rm(folderOf(real), { recursive: true, force: true });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
