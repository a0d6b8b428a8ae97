import type { ClientConnectConfig } from '@temporalio/envconfig';
import { connect as connectPlain, isIP } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { ApplicationFailure } from '@temporalio/common';
import { badInput, forbidden, missingPrerequisite } from '../../contracts/core/failures';

type Options = ClientConnectConfig['connectionOptions'];

// The start of HTTP/2 and no settings: the answer says that the server takes our certificate, of which the handshake tells nothing.
const HELLO = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);
const ANSWER_MS = 1_000;
const HANDSHAKE_MS = 5_000;

/** What keeps this client from speaking to the server, where that is TLS; undefined where it is not. */
export async function tlsTrouble(options: Options): Promise<ApplicationFailure | undefined> {
  const { address = '', tls } = options;
  const given = typeof tls === 'object' && tls !== null ? tls : {};
  if (!tls) {
    const answer = await handshake(address, { rejectUnauthorized: false });
    const speaksTls = answer === 'done' || answer.includes('ALERT');
    return speaksTls
      ? missingPrerequisite(
          `The Temporal server at ${address} speaks TLS only: set TEMPORAL_TLS=true, or name its authority with TEMPORAL_TLS_SERVER_CA_CERT_PATH.`,
        )
      : undefined;
  }
  const { serverNameOverride, serverRootCACertificate, clientCertPair } = given;
  const code = await handshake(address, {
    ...(serverNameOverride === undefined ? {} : { servername: serverNameOverride }),
    ...(serverRootCACertificate === undefined ? {} : { ca: Buffer.from(serverRootCACertificate) }),
    ...(clientCertPair === undefined
      ? {}
      : { cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) }),
  });
  return explained(code, address, clientCertPair !== undefined);
}

/** The workers' side of the SDK, which is Rust, takes fewer certificates than Node.js does; undefined for other errors. */
export function transportTrouble(error: unknown, address: string): ApplicationFailure | undefined {
  if (!(error instanceof Error) || error.name !== 'TransportError') return undefined;
  const [, why] = /InvalidCertificate\(.*?(\w+)\)+/.exec(error.message) ?? [];
  if (why === undefined)
    return missingPrerequisite(
      `Temporal at ${address} answers commands, and its connection to workers failed: it may have gone away meanwhile. Run this again.`,
      { cause: error },
    );
  return badInput(
    `Workers cannot use the certificates for the Temporal server (${why}): those of TEMPORAL_TLS_CLIENT_CERT_PATH and of the server must be X.509 version 3, which openssl makes where extensions are given (-addext, -extfile, -copy_extensions copy).`,
    { cause: error },
  );
}

function explained(code: string, address: string, hasCertificate: boolean): ApplicationFailure | undefined {
  const server = `The Temporal server at ${address}`;
  if (code === 'done') return undefined;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return missingPrerequisite(
      `${server} has a certificate for another name (${code}). Use that name in TEMPORAL_ADDRESS, or give it as TEMPORAL_TLS_SERVER_NAME.`,
    );
  if (/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/.test(code))
    return missingPrerequisite(
      `${server} has a certificate that is not valid today (${code}). Its operator must renew it; or this machine's clock is wrong.`,
    );
  if (/SELF_SIGNED|UNABLE_TO|^CERT_/.test(code))
    return missingPrerequisite(
      `${server} has a certificate of an authority that is not trusted here (${code}). Name the file of the right one: TEMPORAL_TLS_SERVER_CA_CERT_PATH.`,
    );
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST/.test(code))
    return missingPrerequisite(
      `${server} does not speak TLS (${code}). Leave TEMPORAL_TLS and TEMPORAL_API_KEY out, or correct TEMPORAL_ADDRESS.`,
    );
  if (code.includes('ALERT') && !hasCertificate)
    return forbidden(
      `${server} asks for a client certificate, and none is given (${code}). Set both TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH.`,
    );
  if (code.includes('CERTIFICATE_EXPIRED'))
    return forbidden(
      `${server} does not accept this client's certificate, whose time is over (${code}). Renew the files of TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH.`,
    );
  if (code.includes('ALERT'))
    return forbidden(
      `${server} does not accept this client's certificate (${code}). It must be signed by the authority that the server trusts: TEMPORAL_TLS_CLIENT_CERT_PATH.`,
    );
  if (code.startsWith('ERR_OSSL'))
    return badInput(
      `The certificates or the key for the Temporal server cannot be used (${code}): the files of TEMPORAL_TLS_… must be PEM, and the key must be that of the certificate.`,
    );
  return undefined; // not reachable: that is no question of TLS
}

/** `done`, or the code of what went wrong. */
function handshake(address: string, options: ConnectionOptions): Promise<string> {
  const url = new URL(`tcp://${address}`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const servername = options.servername ?? (isIP(host) === 0 ? host : '');
  return new Promise((resolve) => {
    let socket: TLSSocket | undefined;
    const plain = connectPlain({ host, port: Number(url.port || 7233) });
    const end = (code: string) => {
      clearTimeout(late);
      socket?.destroy();
      plain.destroy();
      resolve(code);
    };
    const late = setTimeout(() => end('ETIMEDOUT'), HANDSHAKE_MS);
    const failed = (error: NodeJS.ErrnoException) => end(error.code ?? 'unknown');
    plain.once('error', failed).once('connect', () => {
      try {
        // the name that is checked is the host's also where it is an address, which is never sent
        socket = connect({ ALPNProtocols: ['h2'], host, ...options, servername, socket: plain });
      } catch (error) {
        return failed(error as NodeJS.ErrnoException);
      }
      socket
        .once('error', failed)
        .once('data', () => end('done'))
        .once('secureConnect', () => {
          socket?.write(HELLO);
          setTimeout(() => end('done'), ANSWER_MS).unref();
        });
    });
  });
}
