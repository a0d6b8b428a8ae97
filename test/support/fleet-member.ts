import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeFile } from '../../environment/node-files';
import { parseEnvValues } from '../../contracts/values';
import { FaultProxy } from './fault-proxy';
import { NAMESPACE, type GuardedTemporal } from './guarded-temporal';
import { Installation, type Running } from './installation';
import { TcpProxy } from './tcp-proxy';

/** A host of a fleet: a state directory, a worker, and ways of its own to Temporal and to Infisical. */
export class FleetMember {
  private worker?: Running;
  private constructor(
    readonly name: string,
    readonly way: TcpProxy,
    readonly infisical: FaultProxy,
    readonly installation: Installation,
  ) {}

  /** `environment` is what its commands mean where they name none. */
  static async create(
    name: string,
    environment: string,
    { temporal, infisical }: { temporal: GuardedTemporal; infisical: string },
  ): Promise<FleetMember> {
    const [way, proxy] = [await TcpProxy.start(temporal.address), await FaultProxy.start(infisical)];
    const own = { TEMPORAL_ADDRESS: way.address, ONEX_HOST: name, ONEX_ENVIRONMENT: environment };
    const variables = { ...temporal.variables(temporal.token(name, `${NAMESPACE}:write`)), ...own };
    return new FleetMember(name, way, proxy, await Installation.create(variables));
  }

  get id(): string {
    return `${this.name}-${readFileSync(join(this.installation.stateDir, 'installation'), 'utf8')}`;
  }

  async work(): Promise<void> {
    this.worker = this.installation.start('worker');
    await this.worker.says('Ctrl-C stops it');
  }

  async kill(): Promise<void> {
    this.worker?.child.kill('SIGKILL');
    await this.worker?.ended;
  }

  /** What the services of each node read here. */
  nodes(environment: string): Record<string, NodeFile['values']> {
    const declared = readFileSync(join(this.installation.stateDir, environment, 'declaration.json'), 'utf8');
    const all = join((JSON.parse(declared) as { nodesDir: string }).nodesDir, 'all');
    const files = readdirSync(all).map(
      (file) => JSON.parse(readFileSync(join(all, file), 'utf8')) as NodeFile,
    );
    return Object.fromEntries(files.map(({ node, values }) => [node, values]));
  }

  clientSecret(environment: string): string {
    const file = readFileSync(join(this.installation.stateDir, environment, 'runtime.env'));
    const secret = parseEnvValues(file).values.get('INFISICAL_CLIENT_SECRET');
    if (secret === undefined) throw new Error(`${this.name} holds no identity`);
    return secret.reveal();
  }

  async remove(): Promise<void> {
    await this.kill();
    await this.installation.remove();
    this.way.stop();
    await this.infisical.stop();
  }
}
