import { z } from 'zod';
import { grouped } from '../contracts/core/record';
import { Secret } from '../contracts/core/secret';
import type { SecretWrite } from '../contracts/plan/writes';
import { Deadline, type Call, type InfisicalHttp } from './http';
import type { Grant, Member } from './privilege';
import { unless } from './problem';
import type { Session } from './session';

/**
 * What this product asks of an Infisical, in parts. A generation of servers is one folder that implements all of them;
 * `backend` in server.ts chooses. What all generations do alike stands with its user, in identity/ and secrets/.
 */
export interface Backend {
  /**
   * Makes the first administrator and his organisation; `conflict` where there is one. Never repeated: the server does it
   * in several transactions. Where the answer holds a token, it is the caller's to keep and to revoke.
   */
  setUp(http: InfisicalHttp, account: Account): Promise<{ token: BootstrapToken | undefined }>;
  /** The token, of no organisation yet, that e-mail and password give. Bad ones are `unauthorised`. */
  logIn(http: InfisicalHttp, account: Account): Promise<Secret | 'second factor'>;
  /** Gives the account another password; the session is of its organisation, by the password of before. */
  changePassword(session: Session, account: Account, next: Secret): Promise<void>;
  projects: {
    /** Those that the caller is a member of. */
    list(session: Session): Promise<Project[]>;
    read(session: Session, projectId: string): Promise<Project>;
    /** `conflict` where the slug is taken. */
    create(session: Session, slug: string): Promise<Project>;
    /** Makes an administrator member of a project that he does not see; undefined where that cannot be done. */
    join(session: Session, slug: string): Promise<Project | undefined>;
    /** Template with `:projectId`. */
    environmentsRoute: string;
  };
  identities: {
    /** The ids of all identities of exactly this name. */
    idsByName(session: Session, name: string, organizationId: string): Promise<string[]>;
    /** Template with `:projectId` and `:identityId`: GET reads, POST adds, PATCH replaces the roles. */
    membershipRoute: string;
  };
  /** What one identity may do beyond its role. */
  privileges: {
    /** Tells a server that can give more or less than another one. */
    route: string;
    /** Gives the member exactly what the grant says; `slug` tells the project's. Whether that changed anything. */
    ensure(session: Session, member: Member, grant: Grant, slug: () => Promise<string>): Promise<boolean>;
  };
  folders: {
    /** Paths that exist, at least those among `wanted`. */
    present(session: Session, scope: Scope, wanted: readonly string[]): Promise<Set<string>>;
    creation(scope: Scope, folder: { path: string; name: string }): Call;
  };
  secrets: {
    /**
     * Everything under `path` as it is stored; or, to `expand`, what is directly in it with references expanded, and what
     * it imports. `notFound` or no rows where there is no such folder or environment.
     */
    list(session: Session, scope: Scope, path: string, expand?: boolean): Promise<SecretRow[]>;
    /** The writes in requests that each do all or nothing. */
    batches(scope: Scope, writes: readonly SecretWrite[]): Batch[];
    /** The removals in requests of one folder each. */
    removals(scope: Scope, places: readonly Place[]): { call: Call; places: readonly Place[] }[];
  };
}

/** A folder's backend, and of each part a request that only servers of this generation and newer know. */
export interface Generation {
  /** As reports name it. */
  name: string;
  backend: Backend;
  knownBy: Record<keyof Backend, readonly ['GET' | 'POST', string]>;
}

/** The root credential of an installation. */
export interface Account {
  email: string;
  password: Secret;
  organization: string;
}

/** What the set-up of an instance hands out once: an organisation administrator, until it is revoked. */
export interface BootstrapToken {
  organizationId: string;
  token: Secret;
}

/** The project and the environment (slug) that folders and secrets belong to. */
export interface Scope {
  projectId: string;
  environment: string;
}

/** Where a secret is. */
export type Place = Pick<SecretWrite, 'folder' | 'key'>;

/** Writes that go in one request. */
export interface Batch {
  call: Call;
  writes: readonly SecretWrite[];
}

/** A project as every generation shows it. */
export const projectSchema = z.object({
  id: z.string(),
  name: z.string(),
  slug: z.string(),
  environments: z.array(z.object({ id: z.string(), slug: z.string(), name: z.string() })).default([]),
});
export type Project = z.infer<typeof projectSchema>;

const rowSchema = z.object({
  secretKey: z.string(),
  secretValue: z.string().transform((value) => new Secret(value)),
  secretPath: z.string(),
  version: z.number(),
  type: z.string().default('shared'),
  secretValueHidden: z.boolean().default(false),
});
const importsSchema = z
  .array(z.object({ secrets: z.array(rowSchema.omit({ secretPath: true })) }))
  .default([]);
/** A secret as every generation lists it. */
export type SecretRow = z.infer<typeof rowSchema>;

/**
 * What an identity may not read is left out of a list without a word; asked for one secret, here one that nobody has, the server
 * says so. `query` names the folder as this generation does.
 */
export async function assertReadable(
  session: Session,
  route: string,
  query: Record<string, string>,
): Promise<void> {
  const params = { name: 'ONEX_BOOTSTRAP_MAY_READ' };
  await unless(session.get(`${route}/:name`, z.unknown(), { params, query }), 'notFound');
}

/** One request of `list`: `own` names the project, and imports as this generation calls them. */
export async function listBy(
  session: Session,
  route: string,
  own: Record<string, string>,
  { environment, path, expand }: { environment: string; path: string; expand: boolean },
): Promise<SecretRow[]> {
  const query = {
    ...own,
    environment,
    secretPath: path,
    recursive: String(!expand),
    expandSecretReferences: String(expand),
    viewSecretValue: 'true',
  };
  const schema = z.object({ secrets: z.array(rowSchema), imports: importsSchema });
  const { secrets, imports } = await session.get(route, schema, { query, deadline: Deadline.batch });
  if (!expand) return secrets;
  // of imports the last one counts, and the folder's own secrets before all of them
  const imported = imports.flatMap((each) => each.secrets.map((row) => ({ ...row, secretPath: path })));
  return [...new Map([...imported, ...secrets].map((row) => [row.secretKey, row])).values()];
}

/** A write as every generation takes it. */
export const writeItem = ({ key, value }: SecretWrite) => ({ secretKey: key, secretValue: value.reveal() });

/** A server of 2024 created 8,000 in 3 s, 1,000 in 0.2 s; its schema knows no limit. */
export const CHUNK_KEYS = 1_000;
const CHUNK_REMOVALS = 100; // one SQL condition per key: 200 took it 0.2 s
/** Bytes of keys and values; the server refuses bodies over 1 MiB, and JSON escapes may double the size. */
export const CHUNK_BYTES = 256 * 1024;

/** Removals of at most a hundred keys, folder by folder; `own` names project and environment as this generation does. */
export function removalsBy(route: string, own: Record<string, string>, places: readonly Place[]) {
  return [...grouped(places, ({ folder }) => folder)].flatMap(([secretPath, all]) =>
    Array.from({ length: Math.ceil(all.length / CHUNK_REMOVALS) }, (_, index) => {
      const chunk = all.slice(index * CHUNK_REMOVALS, (index + 1) * CHUNK_REMOVALS);
      const body = { ...own, secretPath, secrets: chunk.map(({ key }) => ({ secretKey: key })) };
      return { places: chunk, call: { method: 'DELETE', route, body, deadline: Deadline.batch } as const };
    }),
  );
}

/** Splits writes, in order, into batches within both limits. A value larger than the limit goes alone. */
export function chunkWrites(writes: readonly SecretWrite[]): SecretWrite[][] {
  const chunks: SecretWrite[][] = [];
  let bytes = 0;
  for (const write of writes) {
    const { folder, key, value } = write;
    const size = Buffer.byteLength(JSON.stringify([folder, key, value.reveal()]));
    const last = chunks.at(-1);
    if (last && last.length < CHUNK_KEYS && bytes + size <= CHUNK_BYTES) {
      last.push(write);
      bytes += size;
    } else {
      chunks.push([write]);
      bytes = size;
    }
  }
  return chunks;
}
