import { z } from 'zod';
import { Deadline } from './deadlines';
import type { InfisicalHttp } from './infisical-http';
import { InfisicalError } from './infisical-error';
import type { Call } from './call';

/** Finds out, once per client, which routes a server has, by requests that are refused before they can act. */
export class RouteProbes {
  private readonly known = new Map<string, Promise<boolean>>();

  constructor(private readonly http: InfisicalHttp) {}

  /** Whether the server has the route. Sent without a token, and where it is a POST, without its required fields. */
  async has(method: 'GET' | 'POST', route: string): Promise<boolean> {
    const key = `${method} ${route}`;
    const probe =
      this.known.get(key) ?? this.ask({ method, route, ...(method === 'POST' ? { body: {} } : {}) });
    this.known.set(key, probe);
    try {
      return await probe;
    } catch (error) {
      this.known.delete(key);
      throw error;
    }
  }

  private async ask(call: Call): Promise<boolean> {
    try {
      await this.http.send({ ...call, deadline: Deadline.probe }, z.unknown());
      return true;
    } catch (error) {
      if (!(error instanceof InfisicalError)) throw error;
      const { problem } = error;
      switch (problem.kind) {
        case 'routeMissing':
        case 'notFound':
          return false;
        case 'unavailable':
          // the image that serves the user interface answers unknown routes with its page
          if (problem.reason === 'page') return false;
          throw error;
        case 'rateLimited':
        case 'redirected':
          throw error;
        case 'forbidden':
        case 'unauthorised':
        case 'tokenExpired':
        case 'lockedOut':
        case 'conflict':
        case 'invalid':
        case 'unexpected':
          return true;
      }
    }
  }
}
