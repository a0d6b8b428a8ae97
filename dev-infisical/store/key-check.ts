import { one, type Database } from './database';
import type { ValueCipher } from './value-cipher';

const KNOWN = 'dev-infisical key check';

/** Refuses a database that was written under another ENCRYPTION_KEY: its values could never be read again. */
export async function checkEncryptionKey(db: Database, cipher: ValueCipher): Promise<void> {
  const { check } = await one<{ check: Buffer }>(
    db,
    `insert into key_check (id, "check") values (1, $1)
     on conflict (id) do update set id = excluded.id returning "check"`,
    [cipher.encrypt(KNOWN)],
  );
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
