import type { Pool, PoolClient } from 'pg';

/** Rows in, rows out; `transaction` gives the same on one connection. */
export interface Database {
  query<Row>(text: string, values?: unknown[]): Promise<Row[]>;
  transaction<Result>(work: (tx: Database) => Promise<Result>): Promise<Result>;
}

/** The pool as a Database. */
export function openDatabase(pool: Pool): Database {
  return {
    query: async <Row>(text: string, values: unknown[] = []) =>
      (await pool.query(text, values)).rows as Row[],
    transaction: async (work) => {
      const client = await pool.connect();
      try {
        await client.query('begin');
        const result = await work(onConnection(client));
        await client.query('commit');
        client.release();
        return result;
      } catch (error) {
        await client.query('rollback').then(
          () => client.release(),
          () => client.release(true),
        );
        throw error;
      }
    },
  };
}

/** The first row of an answer, or undefined. */
export async function first<Row>(db: Database, text: string, values?: unknown[]): Promise<Row | undefined> {
  return (await db.query<Row>(text, values))[0];
}

/** The row that a statement always returns (insert … returning). */
export async function one<Row>(db: Database, text: string, values?: unknown[]): Promise<Row> {
  const row = await first<Row>(db, text, values);
  if (row === undefined) throw new Error('a statement returned no row');
  return row;
}

function onConnection(client: PoolClient): Database {
  const db: Database = {
    query: async <Row>(text: string, values: unknown[] = []) =>
      (await client.query(text, values)).rows as Row[],
    transaction: (work) => work(db),
  };
  return db;
}
