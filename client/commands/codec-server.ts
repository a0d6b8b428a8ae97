import { isIP } from 'node:net';
import { join } from 'node:path';
import { badInput, missingPrerequisite } from '../../contracts/core/failures';
import { SecretCodec } from '../../worker/sealing/secret-codec';
import { auditFile, openAuditLog } from '../codec-server/audit';
import { createCodecServer } from '../codec-server/create-codec-server';
import { accessTokenFile, addGrant, ensureAccessToken, revokeGrant } from '../codec-server/grants';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { aborted } from '../interrupts';
import { codecKeysFor, embeddedDir, findRunningTemporal } from '../temporal/connect';

const HOST = '127.0.0.1';
const LOOPBACK = /^(127\.|::1$)/;
const DEFAULT_PORT = 8234;
const DEFAULT_UI = 'http://127.0.0.1:8233';
const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;
const TAKEN = ['token', 'unknown']; // the audit's words for those without a grant
const MAX_MINUTES = 24 * 60;

/** Serves Temporal's UI and CLI with sealed and opened payloads, on this machine only unless told otherwise, until it is told to stop. */
export async function codecServer(
  flags: { port?: string; origin?: string; listen?: string },
  { config, terminal, json, interrupts }: Omit<CommandContext, 'host'>,
): Promise<ExitCode> {
  const temporal = await findRunningTemporal(config);
  const kind = temporal?.kind ?? 'embedded';
  const keys = await codecKeysFor(config, kind);
  if (keys === undefined)
    throw missingPrerequisite(
      'A codec server needs the keys of the Temporal namespace: set ONEX_CODEC_KEY_FILE (docs/codec.md).',
    );
  const ui = kind === 'embedded' ? (temporal?.uiAddress ?? DEFAULT_UI) : undefined;
  const origin = flags.origin === undefined ? ui : originOf(flags.origin);
  const port = flags.port === undefined ? DEFAULT_PORT : portOf(flags.port);
  const host = flags.listen ?? HOST;
  if (isIP(host) === 0) throw badInput(`--listen ${host}: give an address of this machine, as ${HOST}.`);
  if (!LOOPBACK.test(host))
    terminal.progress(
      `It listens on ${host}, in clear: only for a container whose port is published on ${HOST}, or behind a proxy with TLS.`,
    );
  const dir = codecServerDir(config);
  await ensureAccessToken(dir);
  const audit = await openAuditLog(dir);
  const server = createCodecServer({ codec: new SecretCodec(keys), dir, origin, audit });
  const address = await server.listen({ host, port }).catch((cause: NodeJS.ErrnoException) => {
    const message = `The codec server cannot listen on ${host}:${port} (${cause.code}): choose another --port.`;
    throw missingPrerequisite(message, { cause });
  });
  const files = { tokenFile: accessTokenFile(dir), auditFile: auditFile(dir) };
  if (json) terminal.line(JSON.stringify({ address, origin, ...files }, null, 2));
  else {
    terminal.line(`  codec server  ${address}  for ${origin ?? 'the CLI only; a UI needs --origin'}`);
    terminal.line(`  encoding      with the token in ${files.tokenFile}`);
    terminal.line('  decoding      with a grant: onex-bootstrap codec-server grant NAME --minutes N');
    terminal.line(`  audit         ${files.auditFile}`);
  }
  await aborted(interrupts.take());
  await server.close();
  return ExitCode.ok;
}

/** Gives somebody the right to decode for some minutes. The token is printed this once and kept as a digest. */
export async function codecGrant(
  name: string,
  { minutes: given, ...scope }: { minutes: string; namespace?: string; workflow?: string },
  { config, terminal, json }: Omit<CommandContext, 'host'>,
): Promise<ExitCode> {
  if (!NAME.test(name) || TAKEN.includes(name))
    throw badInput(
      `A grant cannot be named ${name}: use letters, digits, dots and hyphens, for example your own name.`,
    );
  const minutes = Number(given);
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > MAX_MINUTES)
    throw badInput(`--minutes ${given}: a grant lasts from 1 to ${MAX_MINUTES} minutes.`);
  const { token, expires } = await addGrant(codecServerDir(config), name, minutes, scope);
  if (json) terminal.line(JSON.stringify({ name, expires, ...scope, token: token.reveal() }, null, 2));
  else terminal.line(token.reveal());
  const what = `what is of ${scope.workflow ?? 'any workflow'} in ${scope.namespace ?? 'any namespace'}`;
  terminal.progress(`${name} may decode ${what} until ${expires}. This token is not shown again.`);
  terminal.progress(
    `  CLI  TEMPORAL_CODEC_AUTH="Bearer TOKEN" temporal … --codec-endpoint http://${HOST}:${DEFAULT_PORT}`,
  );
  terminal.progress(`  UI   codec server endpoint http://${HOST}:${DEFAULT_PORT}/TOKEN`);
  return ExitCode.ok;
}

/** Ends a grant at once, also for a codec server that runs. */
export async function codecRevoke(
  name: string,
  { config, terminal, json }: Omit<CommandContext, 'host'>,
): Promise<ExitCode> {
  const { revoked, others } = await revokeGrant(codecServerDir(config), name);
  if (!revoked) {
    const known = others.length === 0 ? 'There is none' : `Those that last: ${others.join(', ')}`;
    throw badInput(`There is no grant ${name} that lasts. ${known}.`);
  }
  if (json) terminal.line(JSON.stringify({ name, revoked }, null, 2));
  else terminal.line(`${name} may decode nothing any more.`);
  return ExitCode.ok;
}

/** Where the codec server keeps its token, its grants and its audit. */
const codecServerDir = ({ stateRoot }: { stateRoot: string }) =>
  join(embeddedDir({ stateRoot }), 'codec-server');

function portOf(given: string): number {
  const port = Number(given);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw badInput(`--port ${given}: a port is a whole number from 1 to 65535.`);
}

function originOf(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.origin === given.replace(/\/$/, ''))
    return url.origin;
  throw badInput(`--origin ${given}: an origin is scheme, host and port only, for example ${DEFAULT_UI}.`);
}
