import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Secret } from '../../contracts/core/secret';
import { createFileOnce } from '../../environment/files/atomic';
import {
  parseState,
  readStateFile,
  secretField,
  STATE_VERSION,
  stateText,
  writeStateFile,
} from '../../environment/files/state-file';
import type { Account, BootstrapToken } from '../backend';
import { refused } from '../../contracts/core/failures';
import { isSameAddress } from '../../contracts/core/server-address';

const version = z.literal(STATE_VERSION);

const ADMIN = 'admin.json';
const adminSchema = z.object({
  version,
  email: z.email(),
  password: secretField,
  organization: z.string().min(1),
});

export const readAdminCredentials = (stateDir: string): Promise<Account | undefined> =>
  readStateFile(stateDir, ADMIN, adminSchema);

/** Whether an administrator is known: one that was given, or that we made. */
export const isAdministratorKnown = async (stateDir: string, given: object | undefined): Promise<boolean> =>
  (given ?? (await readAdminCredentials(stateDir))) !== undefined;

export const saveAdminCredentials = (stateDir: string, account: Account): Promise<void> =>
  writeStateFile(stateDir, ADMIN, account);

/** The account that closes an instance whose set-up was cut off, for as long as it exists (closing.ts). */
export const CLOSING = 'closing.json';
export const readClosingAccount = (stateDir: string): Promise<Account | undefined> =>
  readStateFile(stateDir, CLOSING, adminSchema);

/**
 * Makes the credential durable before the call that creates the account, and returns what is stored: a file of an
 * earlier attempt wins, because the account may exist with its password already.
 */
export async function writeAheadAdmin(
  stateDir: string,
  { email, organization, password }: Omit<Account, 'password'> & { password?: Secret | undefined },
  file = ADMIN,
): Promise<Account> {
  const chosen = password ?? new Secret(randomBytes(24).toString('base64url'));
  const content = stateText({ email, password: chosen, organization });
  const path = join(stateDir, file);
  return parseState(path, await createFileOnce(path, content), adminSchema);
}

const TOKEN = 'bootstrap-token';
const tokenSchema = z.object({ version, organizationId: z.string().min(1), token: secretField });

export const readBootstrapToken = (stateDir: string): Promise<BootstrapToken | undefined> =>
  readStateFile(stateDir, TOKEN, tokenSchema);

export const saveBootstrapToken = (stateDir: string, token: BootstrapToken) =>
  writeStateFile(stateDir, TOKEN, token);

export const removeBootstrapToken = (stateDir: string) => rm(join(stateDir, TOKEN), { force: true });

const REVOKED = 'revoked-tokens.json';
const revokedSchema = z.object({ version, ids: z.array(z.string()) });

/** Ids of tokens that we revoked: there are servers whose list never says so. */
export const readRevoked = async (stateDir: string): Promise<string[]> =>
  (await readStateFile(stateDir, REVOKED, revokedSchema))?.ids ?? [];

export const saveRevoked = async (stateDir: string, id: string): Promise<void> =>
  writeStateFile(stateDir, REVOKED, { ids: [...(await readRevoked(stateDir)), id] });

/** The seeder writes; the runtime identity, and those of single services and hosts, only read. */
export type IdentityRole = 'runtime' | 'seeder' | ServiceRole | HostRole;
export type ServiceRole = `service/${string}`;
export type HostRole = `host/${string}`;

/** An identity that can log in. */
export interface CompleteIdentity {
  identityId: string;
  clientId: string;
  clientSecret: Secret;
}

const IDENTITY = 'identity.json';
const storedSchema = z.object({
  identityId: z.string().min(1),
  clientId: z.string().optional(),
  clientSecret: secretField.optional(),
  clientSecretId: z.string().optional(),
  /** When its client secret was asked for, in milliseconds since the epoch; not known of one without it. */
  issuedAt: z.number().optional(),
  /** What it was given last, in the words of `settingsText`. */
  settings: z.string().optional(),
  reach: z.enum(['as granted', 'project']).optional(),
  /** The route at the server that its reach was found by. */
  givenBy: z.string().optional(),
});
const identitySchema = z.object({
  version,
  organizationId: z.string(),
  projectId: z.string(),
  identities: z.record(z.string(), storedSchema),
});

/** What is known of an identity; it fills step by step, so that a run can go on where another died. */
export type StoredIdentity = z.infer<typeof storedSchema>;
/** The identities of an environment, and what they are of. */
export type IdentityState = Omit<z.infer<typeof identitySchema>, 'version'>;

export const readIdentityState = (stateDir: string): Promise<IdentityState | undefined> =>
  readStateFile(stateDir, IDENTITY, identitySchema);

export const saveIdentityState = (stateDir: string, state: IdentityState): Promise<void> =>
  writeStateFile(stateDir, IDENTITY, state);

/** The stored identity of a role once every step of it is stored. */
export function completeIdentity(
  { identities }: IdentityState,
  role: IdentityRole,
): CompleteIdentity | undefined {
  const { identityId, clientId, clientSecret } = identities[role] ?? {};
  return identityId !== undefined && clientId !== undefined && clientSecret !== undefined
    ? { identityId, clientId, clientSecret }
    : undefined;
}

const FILE = 'server.json';
const serverSchema = z.object({
  version: z.literal(STATE_VERSION),
  address: z.string(),
  /** Whether it is the stack's own: that one is known by its container, whatever its port. */
  ofStack: z.boolean(),
});

/** The Infisical that the credentials of a state directory are for. */
export type BoundServer = Omit<z.infer<typeof serverSchema>, 'version'>;

export const readServer = (stateDir: string): Promise<BoundServer | undefined> =>
  readStateFile(stateDir, FILE, serverSchema);

export const writeServer = (stateDir: string, server: BoundServer): Promise<void> =>
  writeStateFile(stateDir, FILE, server);

/**
 * Credentials go to the server that they were made at, or first given for: Refused at another address. A certificate may be
 * renewed: over https the address is what it proves.
 */
export async function assertSameServer(stateDir: string, { address, ofStack }: BoundServer): Promise<void> {
  const bound = await readServer(stateDir);
  if (bound === undefined || isSameAddress(bound.address, address) || (bound.ofStack && ofStack)) return;
  throw refused(
    `The credentials in ${stateDir} are for the Infisical at ${bound.address}, and ${address} gets none of them. ` +
      `If that is the same one at a new address: onex-bootstrap declare --infisical ${address} --moved. ` +
      'For another Infisical, declare another environment (-e NAME).',
  );
}

/** Keeps which server they are for, before anything is made there. */
export async function bindServer(stateDir: string, server: BoundServer): Promise<void> {
  await assertSameServer(stateDir, server);
  const bound = await readServer(stateDir);
  if (bound?.address !== server.address || bound.ofStack !== server.ofStack)
    await writeServer(stateDir, server);
}
