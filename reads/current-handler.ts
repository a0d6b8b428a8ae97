import type { Configuration } from '../contracts/settings/configuration';
import { resolveAccess, type Access } from '../infisical/access/resolve-access';
import type { HandlerDependencies, HandlerInfisical } from './handler-infisical';
import { installationSettings, type ReadSettings } from './installation-settings';

/** Keeps one handler, with its cache and breaker, for as long as the reading identity stays the same. */
export class CurrentHandler {
  private known: { access: Access | undefined; handler: HandlerInfisical } | undefined;

  constructor(
    private readonly settings: ReadSettings,
    private readonly config: Configuration,
    private readonly dependencies: HandlerDependencies,
  ) {}

  /** Looks at the identity's files each time: `up` may have made it since, or renewed its secret. */
  async get(): Promise<HandlerInfisical> {
    const [access, { HandlerInfisical: Handler }] = await Promise.all([
      resolveAccess(this.settings, 'runtime', this.config.variables),
      // with the SDK a tenth of what a worker loads, and a bootstrap reads nothing
      import('./handler-infisical.js'),
    ]);
    if (this.known !== undefined && isSame(this.known.access, access)) return this.known.handler;
    this.known?.handler.shutdown();
    const handler =
      access === undefined
        ? Handler.ofEnvironment(this.config.variables, this.dependencies)
        : Handler.create(installationSettings(access, this.settings, this.config), this.dependencies);
    this.known = { access, handler };
    return handler;
  }
}

function isSame(one: Access | undefined, other: Access | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const { address, clientId, projectId, clientSecret } = one;
  return (
    address === other.address &&
    clientId === other.clientId &&
    projectId === other.projectId &&
    clientSecret.equals(other.clientSecret)
  );
}
