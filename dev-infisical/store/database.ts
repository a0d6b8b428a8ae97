import type { Pool, PoolClient } from 'pg';

/** A statement as a tagged template: each `${value}` travels as a parameter. */
type Statement = [text: TemplateStringsArray, ...values: unknown[]];

/** Rows in, rows out; `transaction` gives the same on one connection. */
export interface Database {
  query: <Row>(...statement: Statement) => Promise<Row[]>;
  /** The first row, or undefined. */
  first: <Row>(...statement: Statement) => Promise<Row | undefined>;
  /** The row that a statement always returns (insert … returning). */
  one: <Row>(...statement: Statement) => Promise<Row>;
  /** A statement whose text was put together; `$1` stands for the first of the values. */
  raw: <Row>(text: string, values: unknown[]) => Promise<Row[]>;
  transaction: <Result>(work: (tx: Database) => Promise<Result>) => Promise<Result>;
}

/** The pool as a Database. */
export const openDatabase = (pool: Pool): Database =>
  databaseOn(pool, async (work) => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      const result = await work(databaseOn(client));
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
  });

/** Without `transaction` the connection is in one already. */
function databaseOn(connection: Pool | PoolClient, transaction?: Database['transaction']): Database {
  const database: Database = {
    raw: async <Row>(text: string, values: unknown[]) => (await connection.query(text, values)).rows as Row[],
    query: (parts, ...values) =>
      database.raw(
        parts.reduce((text, part, index) => `${text}$${index}${part}`),
        values,
      ),
    first: async <Row>(...statement: Statement) => (await database.query<Row>(...statement))[0],
    one: async <Row>(...statement: Statement) => {
      const row = await database.first<Row>(...statement);
      if (row === undefined) throw new Error('a statement returned no row');
      return row;
    },
    transaction: transaction ?? ((work) => work(database)),
  };
  return database;
}
