import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import type { Orders } from './orders';
import { connectionLost, pass, sideEffect } from './pass';

/** A question in the shape of a command: it waits for a container's end. */
const QUESTION = /\/wait$/;
const names = new Map<string, string>();

/** Every request to the Docker Engine that is not a mere question becomes a side effect with two moments. */
export function watchDocker(orders: Orders): void {
  const open = http.request;
  http.request = ((...args: Parameters<typeof open>) => {
    const request = open(...args);
    const options = args[0] as http.RequestOptions;
    const { socketPath, method = 'GET', path } = options;
    const [route = '', query] = (path ?? '/').replace(/^\/v[\d.]+/, '').split('?');
    if (socketPath && method !== 'GET' && method !== 'HEAD' && !QUESTION.test(route)) {
      const name = new URLSearchParams(query).get('name')?.replace(/^onex-\w+-(\w+)-1$/, '$1');
      watch(request, effectOf(method, route, name), name, orders);
    }
    return request;
  }) as typeof open;
}

function effectOf(method: string, route: string, name: string | undefined): string {
  const known = route.replace(/[0-9a-f]{64}/g, (id) => names.get(id) ?? ':id');
  return `docker ${method} ${known}${name === undefined ? '' : ` ${name}`}`;
}

function watch(request: ClientRequest, name: string, made: string | undefined, orders: Orders): void {
  const effect = sideEffect(orders, name);
  const sent = pass(orders, effect, 'before');
  const write = request.write.bind(request) as (...args: unknown[]) => boolean;
  const end = request.end.bind(request) as (...args: unknown[]) => ClientRequest;
  const emit = request.emit.bind(request) as (event: string, ...args: unknown[]) => boolean;
  request.write = (...args: unknown[]) => {
    void sent.then(() => write(...args));
    return true;
  };
  request.end = (...args: unknown[]) => {
    void sent.then(() => end(...args));
    return request;
  };
  request.emit = (event: string, ...args: unknown[]) => {
    if (event !== 'response') return emit(event, ...args);
    void pass(orders, effect, 'after').then((release) => {
      if (release === 'lost') {
        request.destroy();
        return emit('error', connectionLost()); // a connection whose answer is complete has no error to tell any more
      }
      const seen = emit('response', ...args);
      if (made !== undefined) learnName(args[0] as IncomingMessage, made);
      return seen;
    });
    return true;
  };
}

// Later requests name the container by the id that this answer holds.
function learnName(response: IncomingMessage, name: string): void {
  let text = '';
  response.on('data', (chunk: Buffer) => (text += chunk.toString()));
  response.on('end', () => {
    const id = /"Id":"([0-9a-f]{64})"/.exec(text)?.[1];
    if (id !== undefined) names.set(id, name);
  });
}
