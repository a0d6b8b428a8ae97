import { hkdfSync } from 'node:crypto';
import type { Secret } from '../../contracts/core/secret';

/** 32 bytes by HKDF-SHA256; each `purpose` gives another key, and none tells anything of `secret`. */
export function deriveKey(secret: Secret, purpose: string): Buffer {
  const info = `onex-bootstrap last-known-good ${purpose}`;
  return Buffer.from(hkdfSync('sha256', secret.reveal(), '', info, 32));
}
