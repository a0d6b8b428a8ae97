import type { OutageReason } from './problem';

const CERTIFICATE = /CERT|^UNABLE_TO_|^CRL_|^HOSTNAME_MISMATCH$|^INVALID_CA$|^PATH_LENGTH_EXCEEDED$/;
const PROTOCOL = /^HPE_|^ERR_SSL_|^EPROTO$/;

/** Why no answer came, by the code of Node's error: a connection that broke may come back, a wrong address stays wrong. */
export function unreachable(address: string, error: unknown): { reason: OutageReason; text: string } {
  const { cause } = error as { cause?: { code?: unknown; message?: unknown } };
  const code = typeof cause?.code === 'string' ? cause.code : 'connection failed';
  const wrong = (text: string) => ({ reason: 'address' as const, text });
  if (code === 'ENOTFOUND')
    return wrong(`${address} cannot be reached: DNS does not know that name (${code})`);
  if (CERTIFICATE.test(code))
    return wrong(
      `the certificate of ${address} is not trusted (${code}): that of its authority goes into NODE_EXTRA_CA_CERTS`,
    );
  if (PROTOCOL.test(code))
    return wrong(
      `${address} does not speak ${address.startsWith('https:') ? 'https' : 'http'} there (${code})`,
    );
  if (cause?.message === 'bad port') return wrong(`${address} has a port that no HTTP client asks`);
  return { reason: 'network', text: `${address} cannot be reached (${code})` };
}
