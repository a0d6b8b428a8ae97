import type { Access } from '../infisical/access/access';
import { HandlerInfisical, type HandlerDependencies } from './handler-infisical';
import { readerOf, readSettings, type ReadPlace } from './read-place';

/** Keeps one handler, with its cache and breaker, for as long as the reading identity stays the same. */
export class CurrentHandler {
  private known: { access: Access | undefined; handler: HandlerInfisical } | undefined;

  constructor(
    private readonly place: ReadPlace,
    private readonly dependencies: HandlerDependencies,
  ) {}

  /** Looks at the identity's files each time: `up` may have made it since, or renewed its secret. */
  async get(): Promise<HandlerInfisical> {
    const access = await readerOf(this.place);
    if (this.known !== undefined && isSame(this.known.access, access)) return this.known.handler;
    this.known?.handler.shutdown();
    const handler =
      access === undefined
        ? HandlerInfisical.ofEnvironment(this.place.variables, this.dependencies)
        : HandlerInfisical.create(readSettings(access, this.place), this.dependencies);
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
