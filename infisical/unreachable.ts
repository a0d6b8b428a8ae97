import type { OutageReason } from './problem';

/** Nobody who is known vouches for it. */
const AUTHORITY =
  /^(UNABLE_TO_(GET_ISSUER_CERT|GET_ISSUER_CERT_LOCALLY|VERIFY_LEAF_SIGNATURE)|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_UNTRUSTED)$/;
const CERTIFICATE = /CERT|^UNABLE_TO_|^CRL_|^HOSTNAME_MISMATCH$|^INVALID_CA$|^PATH_LENGTH_EXCEEDED$/;
const PROTOCOL = /^HPE_|^ERR_SSL_|^EPROTO$/;

/** Why no answer came, by the code of Node's error: a connection that broke may come back, a wrong address stays wrong. */
export function unreachable(address: string, error: unknown): { reason: OutageReason; text: string } {
  const { cause } = error as { cause?: { code?: unknown; message?: unknown } };
  const code = typeof cause?.code === 'string' ? cause.code : 'connection failed';
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
  if (cause?.message === 'bad port')
    return wrong(`${address} has a port that no HTTP client asks. Correct the address`);
  return { reason: 'network', text: `${address} cannot be reached (${code})` };
}
