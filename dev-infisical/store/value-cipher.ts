import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Database } from './database';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM under ENCRYPTION_KEY, whose 32 characters are the key. Stored as iv, tag, ciphertext. */
export class ValueCipher {
  readonly #key: Buffer;

  constructor(encryptionKey: string) {
    this.#key = Buffer.from(encryptionKey);
  }

  encrypt(text: string): Buffer {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv);
    const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), encrypted]);
  }

  decrypt(stored: Buffer): string {
    const decipher = createDecipheriv('aes-256-gcm', this.#key, stored.subarray(0, IV_BYTES));
    decipher.setAuthTag(stored.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(stored.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    return text.toString('utf8');
  }
}

const KNOWN = 'dev-infisical key check';

/** Refuses a database that was written under another ENCRYPTION_KEY: its values could never be read again. */
export async function checkEncryptionKey(db: Database, cipher: ValueCipher): Promise<void> {
  const { check } = await db.one<{ check: Buffer }>`
    insert into key_check (id, "check") values (1, ${cipher.encrypt(KNOWN)})
    on conflict (id) do update set id = excluded.id returning "check"`;
  if (!opens(cipher, check)) {
    throw new Error(
      'ENCRYPTION_KEY is not the key under which this database was written; give the old key back',
    );
  }
}

function opens(cipher: ValueCipher, check: Buffer): boolean {
  try {
    return cipher.decrypt(check) === KNOWN;
  } catch {
    return false;
  }
}
