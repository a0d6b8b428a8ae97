import type { Server } from 'node:http';
import { join } from 'node:path';
import { badInput, missingPrerequisite } from '../../contracts/core/failures';
import type { Configuration } from '../../contracts/settings/configuration';
import { SecretCodec } from '../../worker/sealing/secret-codec';
import { accessTokenFile, ensureAccessToken } from '../codec-server/access-token';
import { auditFile, openAuditLog } from '../codec-server/audit-log';
import { createCodecServer } from '../codec-server/create-codec-server';
import { codecKeysFor } from '../codec-keys-for';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { embeddedDir, findRunningTemporal } from '../temporal/connect';

const HOST = '127.0.0.1';
const DEFAULT_PORT = 8234;
const DEFAULT_UI = 'http://127.0.0.1:8233';

/** Where the codec server keeps its token, its grants and its audit. */
export const codecServerDir = (config: Configuration) => join(embeddedDir(config), 'codec-server');

/** Serves Temporal's UI and CLI with sealed and opened payloads, on this machine only, until it is told to stop. */
export async function codecServer(
  { port, origin }: { port?: string; origin?: string },
  { config, terminal, json, detach }: CommandContext,
): Promise<ExitCode> {
  const temporal = await findRunningTemporal(config);
  const kind = temporal?.kind ?? 'embedded';
  const keys = await codecKeysFor(config, kind);
  if (keys === undefined) {
    throw missingPrerequisite(
      'A codec server needs the keys of the Temporal namespace: set ONEX_CODEC_KEY_FILE (docs/codec.md).',
    );
  }
  const ui = kind === 'embedded' ? (temporal?.uiAddress ?? DEFAULT_UI) : undefined;
  const allowed = origin === undefined ? ui : originOf(origin);
  const dir = codecServerDir(config);
  const audit = await openAuditLog(dir);
  await ensureAccessToken(dir);
  const server = createCodecServer({ codec: new SecretCodec(keys), dir, origin: allowed, audit });
  await listen(server, portOf(port));
  const address = `http://${HOST}:${portOf(port)}`;
  const files = { tokenFile: accessTokenFile(dir), auditFile: auditFile(dir) };
  if (json) terminal.line(JSON.stringify({ address, origin: allowed, ...files }, null, 2));
  else {
    terminal.line(`  codec server  ${address}  for ${allowed ?? 'the CLI only; a UI needs --origin'}`);
    terminal.line(`  encoding      with the token in ${files.tokenFile}`);
    terminal.line('  decoding      with a grant: onex-bootstrap codec-server grant NAME --minutes N');
    terminal.line(`  audit         ${files.auditFile}`);
  }
  await new Promise<void>((resolve) =>
    detach.aborted ? resolve() : detach.addEventListener('abort', () => resolve()),
  );
  server.closeAllConnections();
  server.close();
  return ExitCode.ok;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        missingPrerequisite(
          `The codec server cannot listen on ${HOST}:${port} (${cause.code}): choose another --port.`,
          {
            cause,
          },
        ),
      ),
    );
    server.listen(port, HOST, resolve);
  });
}

function portOf(given: string | undefined): number {
  const port = given === undefined ? DEFAULT_PORT : Number(given);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw badInput(`--port ${given}: a port is a whole number from 1 to 65535.`);
}

function originOf(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.origin === given.replace(/\/$/, ''))
    return url.origin;
  throw badInput(`--origin ${given}: an origin is scheme, host and port only, for example ${DEFAULT_UI}.`);
}
