import type Docker from 'dockerode';
import { text } from 'node:stream/consumers';
import { refused, unavailable } from '../../contracts/core/failures';
import type { Ready, Service, Stack } from '../compose/stack';
import { findContainer } from './containers';
import { engineCall } from './engine-error';
import { outputOf } from './exec';

/** A Postgres of the stack, in its running container. */
export interface Database {
  engine: Docker;
  containerId: string;
  service: string;
  user: string;
  database: string;
}

type PostgresReady = Extract<Ready, { protocol: 'postgres' }>;
type PostgresService = Service & { ready: PostgresReady };

/** The services of a stack that are a Postgres. */
export const databaseServices = (stack: Stack): PostgresService[] =>
  Object.values(stack.services).filter(
    (service): service is PostgresService => service.ready?.protocol === 'postgres',
  );

/** Unavailable where the service does not run. */
export async function openDatabase(
  engine: Docker,
  stack: Stack,
  { name, ready: { user, database } }: PostgresService,
  environment: string,
): Promise<Database> {
  const container = await engineCall(() => findContainer(engine, stack, name, environment));
  if (container?.state === 'running')
    return { engine, containerId: container.id, service: name, user, database };
  throw unavailable(`${name} does not run.`, { lost: { kind: 'service', service: name } });
}

const as = ({ user, database }: Database) => ['--username', user, '--dbname', database, '--no-password'];

const psql = (db: Database) => ['psql', ...as(db), '--no-psqlrc'];

const run = ({ engine, containerId, service }: Database, command: string[], signal?: AbortSignal) =>
  outputOf(engine, containerId, { name: service, command, signal });

/** The whole database as SQL, of one moment, by the container's own pg_dump. */
export const dumpDatabase = (db: Database, signal?: AbortSignal): AsyncGenerator<Buffer> =>
  run(db, ['pg_dump', ...as(db), '--no-owner', '--no-privileges'], signal);

/** The version of the server, such as 17.12. */
export const serverVersion = async (db: Database): Promise<string> =>
  /^\d+(\.\d+)?/.exec(await ask(db, 'show server_version'))?.[0] ?? 'unknown';

/** How many tables of its own the database has. */
export const tableCount = async (db: Database): Promise<number> =>
  Number(
    await ask(
      db,
      "select count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
    ),
  );

/** Loads a dump as a whole or not at all: a kill in between leaves the database as it was. Refused where it is not empty. */
export async function loadDatabase(
  db: Database,
  dump: AsyncIterable<Buffer>,
  signal?: AbortSignal,
): Promise<void> {
  if ((await tableCount(db)) > 0) throw refused(`The database ${db.database} of ${db.service} is not empty.`);
  // the commit comes last: where the input breaks off, psql ends without it
  const whole = async function* () {
    yield Buffer.from('begin;\n');
    yield* dump;
    yield Buffer.from('\ncommit;\n');
  };
  const command = [...psql(db), '--quiet', '--output', '/dev/null', '--set', 'ON_ERROR_STOP=1'];
  const { engine, containerId, service } = db;
  const said = outputOf(engine, containerId, { name: service, command, signal }, whole());
  for await (const _ of said);
}

const ask = async (db: Database, sql: string): Promise<string> =>
  (await text(run(db, [...psql(db), '--tuples-only', '--no-align', '--command', sql]))).trim();
