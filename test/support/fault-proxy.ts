import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fault } from './faults';
import { sendSpoiled } from './send-spoiled';

interface Rule {
  fault: Fault;
  method: string | undefined;
  path: RegExp;
  skip: number;
  left: number;
  probes: boolean;
}

/** Which requests a fault meets: all of them, until cleared, where nothing is given. */
export interface Target {
  method?: string;
  /** Of the path and the query. */
  path?: RegExp;
  /** So many matching requests pass before the first that meets it. */
  skip?: number;
  times?: number;
  /** Whether the empty bootstrap that asks for a route counts; a fault is for the real call otherwise. */
  probes?: boolean;
}

/** Stands before one server: counts the requests and passes them on, except for those that a fault meets. */
export class FaultProxy {
  private rules: Rule[] = [];
  private counts = new Map<string, number>();
  private faults: { fault: Fault; request: string }[] = [];

  private constructor(
    private readonly target: string,
    private readonly server: Server,
    private readonly port: number,
  ) {}

  static async start(target: string): Promise<FaultProxy> {
    const server = createServer();
    await listen(server, 0);
    const proxy = new FaultProxy(target, server, (server.address() as AddressInfo).port);
    server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) =>
      proxy.pass(incoming, outgoing),
    );
    return proxy;
  }

  get address(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The first rule that matches a request is the one that it meets. */
  inject(
    fault: Fault,
    { method, path = /(?:)/, skip = 0, times = Infinity, probes = false }: Target = {},
  ): void {
    this.rules.push({ fault, method, path, skip, left: times, probes });
  }

  once(fault: Fault, method: string, path: RegExp): void {
    this.inject(fault, { method, path, times: 1 });
  }

  /** Faults that nothing has met yet. */
  get pending(): number {
    return this.rules.length;
  }

  /** Connections are refused, and open ones reset, until `clear`. */
  async refuse(): Promise<void> {
    await close(this.server);
  }

  /** No more faults. */
  async clear(): Promise<void> {
    this.rules = [];
    if (!this.server.listening) await listen(this.server, this.port);
  }

  /** Requests since the last `forgetRequests`, by `METHOD /path`, without the query. */
  get requests(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }

  /** Those of them that met a fault, in order. */
  get faultsMet(): readonly { fault: Fault; request: string }[] {
    return this.faults;
  }

  forgetRequests(): void {
    this.counts = new Map();
    this.faults = [];
  }

  async stop(): Promise<void> {
    await close(this.server);
  }

  private pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => this.meet(incoming, Buffer.concat(chunks), outgoing));
  }

  private meet(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse): void {
    const { method = '', url = '', socket } = incoming;
    const route = `${method} ${url.replace(/\?.*/, '')}`;
    this.counts.set(route, (this.counts.get(route) ?? 0) + 1);
    const fault = this.faultFor(method, url, body);
    if (fault?.kind === 'reset') socket.resetAndDestroy();
    else if (fault?.kind === 'answer') outgoing.writeHead(fault.status, fault.headers).end(fault.body);
    else this.forward(incoming, body, fault, outgoing);
  }

  private faultFor(method: string, url: string, body: Buffer): Fault | undefined {
    const isProbe = body.toString() === '{}' && url.endsWith('/bootstrap');
    const matching = this.rules.filter(
      (one) => (one.method ?? method) === method && one.path.test(url) && (one.probes || !isProbe),
    );
    const rule = matching.find(({ skip }) => skip === 0);
    for (const waiting of matching) if (waiting.skip > 0) waiting.skip--;
    if (rule === undefined) return undefined;
    this.faults.push({ fault: rule.fault, request: `${method} ${url.replace(/\?.*/, '')}` });
    if (--rule.left === 0) this.rules = this.rules.filter((one) => one !== rule);
    return rule.fault;
  }

  private forward(
    { method, url, headers, socket }: IncomingMessage,
    body: Buffer,
    fault: Fault | undefined,
    outgoing: ServerResponse,
  ): void {
    const onward = request(`${this.target}${url ?? ''}`, { method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('error', () => socket.destroy());
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const whole = {
          status: answer.statusCode ?? 502,
          headers: answer.headers,
          body: Buffer.concat(chunks),
        };
        void sendSpoiled(whole, fault, outgoing);
      });
    });
    onward.on('error', () => socket.destroy());
    onward.end(body);
  }
}

const listen = (server: Server, port: number) =>
  new Promise<void>((done, fail) => server.once('error', fail).listen(port, '127.0.0.1', done));

const close = (server: Server) => {
  if (!server.listening) return Promise.resolve();
  const closed = new Promise<void>((done) => server.close(() => done()));
  server.closeAllConnections();
  return closed;
};
