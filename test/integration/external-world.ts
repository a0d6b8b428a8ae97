import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { givenIdentity, type GivenIdentity } from '../../infisical/access/credentials';
import { InfisicalHttp } from '../../infisical/http';
import { readProject } from '../../infisical/identity/project';
import { login } from '../../infisical/session';
import { readIdentityState, type IdentityRole } from '../../infisical/identity/state';
import { Secret } from '../../contracts/core/secret';
import type { BootstrapReport } from '../../contracts/run/summaries';
import { parseEnvValues } from '../../contracts/values';
import type { Instance } from '../infisical/instances';
import { finishedStateAt } from '../support/finished-state';
import { Installation, type Ended, type Running, expectExit } from '../support/installation';

const example = join(__dirname, '..', '..', 'examples', 'onex');
const values = ['--values', join(example, 'values.env'), '--values', `billing=${example}/billing.env`];

/** An installation of the built product before an Infisical that it has not started, with a fault proxy in between. */
export class ExternalWorld {
  readonly contracts = join(example, 'contracts');

  private constructor(
    readonly instance: Instance,
    readonly installation: Installation,
  ) {}

  static async create(instance: Instance, variables: Record<string, string> = {}): Promise<ExternalWorld> {
    return new ExternalWorld(instance, await Installation.create(variables));
  }

  start(command: 'up' | 'plan', ...more: string[]): Running {
    const { address } = this.instance.proxy;
    const infisical = ['--infisical', address, '--json'];
    return this.installation.start(command, this.contracts, ...values, ...infisical, ...more);
  }

  /** `up` to its end, whatever that is. */
  up(...more: string[]): Promise<Ended> {
    return this.start('up', ...more).ended;
  }

  /** `up` to a good end. */
  async finish(...more: string[]): Promise<BootstrapReport> {
    const { code, stdout, stderr } = await this.up(...more);
    expectExit(0, { code, stderr });
    return JSON.parse(stdout) as BootstrapReport;
  }

  /** Kills an `up` that is under way as soon as something holds. */
  async killOnce(holds: () => boolean | Promise<boolean>): Promise<void> {
    const run = this.start('up');
    while (!(await holds())) {
      if (run.child.exitCode !== null) throw new Error(`ended before it was killed:\n${run.output()}`);
      await sleep(50);
    }
    run.child.kill('SIGKILL');
    await run.ended;
  }

  finishedState() {
    return finishedStateAt(this.instance.server.databaseUri);
  }

  path(name: string): string {
    return join(this.installation.stateDir, this.installation.environment, name);
  }

  /** What identity.json holds. */
  async clientSecret(role: IdentityRole): Promise<string> {
    const state = await readIdentityState(this.path('.'));
    return state?.identities[role]?.clientSecret?.reveal() ?? '';
  }

  /** What runtime.env holds. */
  runtimeIdentity(): GivenIdentity {
    const given = givenIdentity(parseEnvValues(Buffer.from(this.installation.file('runtime.env'))).values);
    if (given === undefined) throw new Error('runtime.env holds no identity');
    return given;
  }

  /** Logs in with what runtime.env holds, and reads the project that it names. */
  async proveRuntimeIdentity(): Promise<void> {
    const identity = this.runtimeIdentity();
    await readProject(await login(new InfisicalHttp(this.instance.server.url), identity), identity.projectId);
  }

  async asSeeder() {
    const state = await readIdentityState(this.path('.'));
    const { clientId = '', clientSecret = new Secret('') } = state?.identities.seeder ?? {};
    const session = await login(new InfisicalHttp(this.instance.server.url), { clientId, clientSecret });
    const { environment } = this.installation;
    return { session, scope: { projectId: state?.projectId ?? '', environment } };
  }

  /** The routes that were sent anything since the proxy last forgot its requests, in the order of their first use. */
  sent(): string[] {
    return Object.keys(this.instance.proxy.requests).filter((request) => !request.startsWith('GET '));
  }

  async remove(): Promise<void> {
    // a Temporal server may run where nothing was begun
    if (!existsSync(this.path('.'))) await this.installation.run('down');
    await this.installation.remove();
  }
}
