import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { twelveForms } from './twelve-forms';

/** How values begin that a test gave. */
const GIVEN = 'gIven';
const SECRET_FIELDS = /^(clientSecret|password|secretValue|confirmPassword|token)$/;

/** Stands before an Infisical: of each kind of request the first is answered with every secret that was ever sent, in all forms. */
export class Echo {
  readonly heard = new Set<string>();
  readonly told: string[] = [];
  private readonly met = new Set<string>();
  private constructor(readonly server: Server) {}

  static async start(target: string, statuses: number[]): Promise<Echo> {
    const { hostname, port } = new URL(target);
    const echo = new Echo(createServer());
    echo.server.on('request', (asked, answer) => {
      const chunks: Buffer[] = [];
      asked.on('data', (chunk: Buffer) => chunks.push(chunk));
      asked.on('end', () => {
        const body = Buffer.concat(chunks);
        echo.listen(asked.headers.authorization, body.toString());
        const kind = `${asked.method} ${new URL(asked.url ?? '', target).pathname.replaceAll(/[0-9a-f-]{24,}/g, ':id')}`;
        const isQuestion = body.toString() === '{}' || kind.endsWith('/status');
        if (!isQuestion && echo.heard.size > 0 && !echo.met.has(kind)) {
          echo.met.add(kind);
          const status = statuses[echo.told.length % statuses.length]!;
          echo.told.push(`${status} ${kind}`);
          const said = [...echo.heard].flatMap((secret) => Object.values(twelveForms(secret))).join(' ; ');
          const isBroken = echo.told.length % 5 === 0;
          const text = JSON.stringify({ statusCode: status, message: said, error: said });
          answer.writeHead(status, { 'content-type': 'application/json' });
          answer.end(isBroken ? text.slice(0, -4) : text);
          return;
        }
        const passed = request(
          { hostname, port, method: asked.method, path: asked.url, headers: asked.headers },
          (got) => {
            answer.writeHead(got.statusCode ?? 500, got.headers);
            got.pipe(answer);
          },
        );
        passed.end(body);
      });
    });
    await new Promise<void>((done) => echo.server.listen(0, '127.0.0.1', done));
    return echo;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private listen(authorization: string | undefined, body: string): void {
    if (authorization !== undefined) this.heard.add(authorization.replace(/^Bearer /, ''));
    const collect = (value: unknown, name = ''): void => {
      if (typeof value === 'string' && SECRET_FIELDS.test(name) && value.length >= 8)
        if (name !== 'secretValue' || value.startsWith(GIVEN)) this.heard.add(value);
      if (typeof value === 'object' && value !== null)
        for (const [key, part] of Object.entries(value)) collect(part, key);
    };
    try {
      collect(JSON.parse(body));
    } catch {
      // no body
    }
  }
}
