import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * How a way to a server is cut: its connections are reset and new ones too, or nothing passes any more and nobody is told,
 * as behind a balancer or a firewall that forgot them. What was open by `heal` stays silent for ever.
 */
export type Cut = 'reset' | 'silence';

/** Stands before a server and passes on bytes, until it is cut. */
export class TcpProxy {
  #cut: Cut | undefined;
  readonly #open = new Set<{ pair: [Socket, Socket]; silent: boolean }>();

  private constructor(
    private readonly server: Server,
    private readonly target: { host: string; port: number },
  ) {
    server.on('connection', (socket) => this.#pass(socket));
  }

  static async start(target: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(`tcp://${target}`);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, { host: hostname, port: Number(port) });
  }

  /** For a client that checks the server's name. */
  get address(): string {
    return `localhost:${(this.server.address() as AddressInfo).port}`;
  }

  cut(how: Cut): void {
    this.#cut = how;
    for (const open of this.#open)
      if (how === 'silence') open.silent = true;
      else for (const socket of open.pair) socket.resetAndDestroy();
  }

  /** New connections pass again. */
  heal(): void {
    this.#cut = undefined;
  }

  stop(): void {
    this.server.close();
    for (const { pair } of this.#open) for (const socket of pair) socket.destroy();
  }

  #pass(near: Socket): void {
    if (this.#cut === 'reset') {
      near.on('error', () => undefined).resetAndDestroy();
      return;
    }
    const far = connect(this.target);
    const open = { pair: [near, far] as [Socket, Socket], silent: this.#cut === 'silence' };
    this.#open.add(open);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (bytes: Buffer) => open.silent || to.write(bytes));
      from.on('error', () => undefined); // its end follows
      from.on('close', () => {
        if (!open.silent) to.destroy(); // nor does the other side hear of an end
        if (near.destroyed && far.destroyed) this.#open.delete(open);
      });
    }
  }
}
