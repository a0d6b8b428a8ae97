import { createHmac } from 'node:crypto';
import type { Secret } from './secret';

/** HMAC-SHA256 of a value under the installation's own key, 16 hex characters: comparable, not reversible. */
export function keyedDigest(key: Secret, value: Secret): string {
  return createHmac('sha256', key.reveal()).update(value.reveal()).digest('hex').slice(0, 16);
}
