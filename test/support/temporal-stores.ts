import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres } from './local-services';

/** Where a Temporal server keeps its runs, as its configuration names the stores. */
export interface Stores {
  default: object;
  visibility: object;
}

/** Two SQLite files of a folder, which the server makes itself. */
export function sqliteStores(dir: string): Stores {
  const store = (name: string) => ({
    sql: {
      pluginName: 'sqlite',
      databaseName: join(dir, `${name}.db`),
      connectAddr: 'localhost',
      connectProtocol: 'tcp',
      connectAttributes: { cache: 'private', setup: 'true', journal_mode: 'wal', synchronous: '1' },
      ...{ maxConns: 1, maxIdleConns: 1, maxConnLifetime: '1h' },
    },
  });
  return { default: store('default'), visibility: store('visibility') };
}

/** Two databases of a Postgres with the tables that the server's release has in `schema`. */
export async function postgresStores(schema: string): Promise<Stores & { stop: () => Promise<void> }> {
  const postgres = await startPostgres();
  const store = async (kind: 'temporal' | 'visibility') => {
    const uri = new URL(await postgres.newDatabase());
    const databaseName = uri.pathname.slice(1);
    await makeTables(uri.href, databaseName, join(schema, kind));
    return {
      sql: {
        ...{ pluginName: 'postgres12', databaseName, connectAddr: uri.host, connectProtocol: 'tcp' },
        ...{ user: uri.username, password: '', maxConns: 20, maxIdleConns: 20, maxConnLifetime: '1h' },
      },
    };
  };
  return { default: await store('temporal'), visibility: await store('visibility'), stop: postgres.stop };
}

/** As temporal-sql-tool does: the tables as a whole, and which version they are of. */
async function makeTables(uri: string, database: string, folder: string): Promise<void> {
  const versions = readdirSync(join(folder, 'versioned')).map((name) => name.slice(1));
  const newest = versions.sort((a, b) => Number(b.split('.')[1]) - Number(a.split('.')[1]))[0];
  const client = new Client({ connectionString: uri });
  await client.connect();
  try {
    await client.query(readFileSync(join(folder, 'schema.sql'), 'utf8'));
    await client.query(
      'CREATE TABLE schema_version (version_partition INT, db_name VARCHAR(255), creation_time TIMESTAMP, curr_version VARCHAR(64), min_compatible_version VARCHAR(64), PRIMARY KEY (version_partition, db_name))',
    );
    await client.query('INSERT INTO schema_version VALUES (0, $1, now(), $2, $2)', [database, newest]);
  } finally {
    await client.end();
  }
}
