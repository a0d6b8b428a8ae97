import { z } from 'zod';
import type { Secret } from '../contracts/core/secret';

const claimsSchema = z.object({ exp: z.number().optional() });

/** When a token ends, in seconds since the epoch; undefined where it has no `exp`, or is no JWT. */
export function tokenExpiry(token: Secret): number | undefined {
  try {
    const claims = Buffer.from(token.reveal().split('.')[1] ?? '', 'base64url').toString();
    return claimsSchema.parse(JSON.parse(claims)).exp;
  } catch {
    return undefined;
  }
}
