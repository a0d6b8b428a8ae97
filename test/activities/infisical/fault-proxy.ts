import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Fault = 'lose the request' | 'lose the answer';

/** Passes everything through to one server, until told to lose something once. */
export class FaultProxy {
  private readonly faults: { fault: Fault; method: string; path: RegExp }[] = [];

  private constructor(
    private readonly target: string,
    private readonly server: Server,
  ) {}

  static async start(target: string): Promise<FaultProxy> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const proxy = new FaultProxy(target, server);
    server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) =>
      proxy.pass(incoming, outgoing),
    );
    return proxy;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next request that matches: never sent, or carried out without an answer. */
  once(fault: Fault, method: string, path: RegExp): void {
    this.faults.push({ fault, method, path });
  }

  /** Faults that nothing has met yet. */
  get pending(): number {
    return this.faults.length;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => this.forward(incoming, Buffer.concat(chunks), outgoing));
  }

  private forward(
    { method, url = '', headers, socket }: IncomingMessage,
    body: Buffer,
    outgoing: ServerResponse,
  ) {
    // a capability probe posts an empty object: faults are for the real calls
    const probe = body.toString() === '{}' && url.endsWith('/bootstrap');
    const index = probe ? -1 : this.faults.findIndex((rule) => rule.method === method && rule.path.test(url));
    const [rule] = index < 0 ? [] : this.faults.splice(index, 1);
    if (rule?.fault === 'lose the request') {
      socket.destroy();
      return;
    }
    const onward = request(`${this.target}${url}`, { method, headers }, (answer) => {
      if (rule) {
        answer.resume().on('end', () => socket.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => socket.destroy());
    onward.end(body);
  }
}
