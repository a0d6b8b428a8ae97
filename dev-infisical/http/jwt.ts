import { createHmac, timingSafeEqual } from 'node:crypto';
import { tokenError } from './errors';

export type Claims = Record<string, unknown> & { iat: number; exp?: number };

const HEADER = encode({ alg: 'HS256', typ: 'JWT' });

/** Signs claims with HS256. Without `lifetime` (seconds) the token has no `exp`. */
export function signJwt(secret: string, claims: Record<string, unknown>, lifetime?: number): string {
  const iat = Math.floor(Date.now() / 1000);
  const body = `${HEADER}.${encode({ ...claims, iat, ...(lifetime === undefined ? {} : { exp: iat + lifetime }) })}`;
  return `${body}.${signature(secret, body)}`;
}

/** The claims of a valid token; malformed, forged and expired ones are the 403 of the real server. */
export function verifyJwt(secret: string, token: string): Claims {
  if (token === '') throw tokenError('jwt must be provided');
  const [header, payload, given, ...more] = token.split('.');
  if (given === undefined || more.length > 0) {
    throw tokenError(
      'The provided access token is malformed. Please use a valid token or generate a new one and try again.',
    );
  }
  const claims = decode(payload);
  if (claims === undefined || decode(header) === undefined) throw tokenError('invalid token');
  const expected = Buffer.from(signature(secret, `${header}.${payload}`));
  const actual = Buffer.from(given);
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected))
    throw tokenError('invalid signature');
  if (claims.exp !== undefined && claims.exp <= Date.now() / 1000) {
    throw tokenError('Your token has expired. Please re-authenticate.');
  }
  return claims;
}

function signature(secret: string, body: string): string {
  return createHmac('sha256', secret).update(body).digest('base64url');
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function decode(part: string | undefined): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}
