import type { Database } from './database';
import { schema } from './schema';

// Any fixed number: every instance of this server takes the same lock.
const MIGRATION_LOCK = 20241010;

/** Brings the schema up under an advisory lock, so that two servers on one database do it once. */
export async function migrate(db: Database): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    for (const statement of schema) await tx.query(statement);
  });
}
