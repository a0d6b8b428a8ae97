import { badInput } from '../contracts/core/failures';
import { addressProblem, isLoopback, plainAddress } from '../contracts/core/server-address';
import { exchange, vouchedBy, type Answered, type Exchange } from '../environment/network/exchange';
import { readInputFile } from '../environment/files/input-file';
import { foreignListener } from '../environment/network/listeners';
import type { OutageReason } from './problem';

/** What tells that who answers at an address is the Infisical that credentials are for. */
export interface Trust {
  /** Speak in clear to another machine, or to another user's process on this one. */
  insecureHttp?: boolean | undefined;
  /** A PEM file: its authorities, and no others, vouch for the server's certificate. */
  caFile?: string | undefined;
  /** Why our own Infisical does not listen at a port; undefined where it does, or nobody can tell. */
  whyNotOurs?: ((port: number) => Promise<string | undefined>) | undefined;
}

const INSIST = '--insecure-http (readers: INFISICAL_INSECURE_HTTP=true)';

/** The one way to an Infisical: nothing is said to anybody else who answers at its address. */
export class Way {
  /** Without a trailing slash; a sub-path is kept. */
  readonly address: string;
  private agent: ReturnType<typeof agentOf> | undefined;

  /** BadInput for an address that credentials do not go to. */
  constructor(
    address: string,
    private readonly trust: Trust,
  ) {
    const problem = addressProblem(address, { insecureHttp: trust.insecureHttp, insist: INSIST });
    if (problem !== undefined) throw badInput(`The address of Infisical: ${problem}.`);
    this.address = plainAddress(address);
  }

  /** Why nothing may be said in clear to the process of this machine that listens there; undefined where all is well. */
  async whyNot(): Promise<{ reason: OutageReason; text: string } | undefined> {
    const { protocol, hostname, port } = new URL(this.address);
    if (protocol !== 'http:') return undefined;
    const number = Number(port || 80);
    const text = await this.trust.whyNotOurs?.(number);
    if (text !== undefined) return { reason: 'network', text };
    if (isLoopback(this.address) && this.trust.insecureHttp !== true) {
      const uid = await foreignListener(hostname, number);
      if (uid !== undefined)
        return {
          reason: 'listener',
          text: `nothing was sent, because a process of the user ${uid} listens at ${this.address}. If that is your Infisical, insist with ${INSIST}`,
        };
    }
    return undefined;
  }

  /** Sends a request by connections that stay open; where authorities are named, to a server that they vouch for. */
  async send(url: string, asked: Exchange): Promise<Answered> {
    const { caFile } = this.trust;
    if (caFile === undefined || !url.startsWith('https:')) return exchange(url, asked);
    this.agent ??= agentOf(caFile);
    return exchange(url, { ...asked, agent: await this.agent });
  }
}

const agentOf = async (caFile: string) => vouchedBy(await readInputFile(caFile, 'CA file'));

/** Nobody who is known vouches for it. */
const AUTHORITY =
  /^(UNABLE_TO_(GET_ISSUER_CERT|GET_ISSUER_CERT_LOCALLY|VERIFY_LEAF_SIGNATURE)|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_UNTRUSTED)$/;
const CERTIFICATE = /CERT|^UNABLE_TO_|^CRL_|^HOSTNAME_MISMATCH$|^INVALID_CA$|^PATH_LENGTH_EXCEEDED$/;
const PROTOCOL = /^HPE_|^ERR_SSL_|^EPROTO$/;
const TOO_LONG = /^(EMSGSIZE|ERR_BUFFER_TOO_LARGE)$/;

/** Why no answer came, by the code of Node's error: a connection that broke may come back, a wrong address stays wrong. */
export function unreachable(address: string, error: unknown): { reason: OutageReason; text: string } {
  const { code: given } = error as { code?: unknown };
  const code = typeof given === 'string' ? given : 'connection failed';
  const wrong = (text: string, reason: OutageReason = 'address') => ({ reason, text });
  if (code === 'ENOTFOUND')
    return wrong(`${address} cannot be reached: DNS does not know that name (${code}). Correct the address`);
  if (AUTHORITY.test(code))
    return wrong(
      `the certificate of ${address} is of an authority that is not known here (${code}). Name that authority's PEM file with --infisical-ca (readers: INFISICAL_CA_FILE), or add it to all authorities with NODE_EXTRA_CA_CERTS`,
      'certificate',
    );
  if (CERTIFICATE.test(code))
    return wrong(
      `the certificate of ${address} is not trusted (${code}). Correct the address, or give the server a valid one`,
      'certificate',
    );
  if (PROTOCOL.test(code))
    return wrong(
      `${address} does not speak ${address.startsWith('https:') ? 'https' : 'http'} there (${code}). Correct the address`,
    );
  if (TOO_LONG.test(code))
    return wrong(`the answer of ${address} is longer than any of an Infisical (${code})`, 'network');
  if (code.startsWith('Z_'))
    return wrong(`the answer of ${address} was cut off, or cannot be unpacked (${code})`, 'network');
  return { reason: 'network', text: `${address} cannot be reached (${code})` };
}
