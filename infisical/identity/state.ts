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

/**
 * Makes the credential durable before the call that creates the account, and returns what is stored: a file of an
 * earlier attempt wins, because the account may exist with its password already.
 */
export async function writeAheadAdmin(
  stateDir: string,
  { email, organization, password }: Omit<Account, 'password'> & { password?: Secret | undefined },
): Promise<Account> {
  const chosen = password ?? new Secret(randomBytes(24).toString('base64url'));
  const content = stateText({ email, password: chosen.reveal(), organization });
  const path = join(stateDir, ADMIN);
  return parseState(path, await createFileOnce(path, content), adminSchema);
}

const TOKEN = 'bootstrap-token';
const tokenSchema = z.object({ version, organizationId: z.string().min(1), token: secretField });

export const readBootstrapToken = (stateDir: string): Promise<BootstrapToken | undefined> =>
  readStateFile(stateDir, TOKEN, tokenSchema);

export const saveBootstrapToken = (stateDir: string, { organizationId, token }: BootstrapToken) =>
  writeStateFile(stateDir, TOKEN, { organizationId, token: token.reveal() });

export const removeBootstrapToken = (stateDir: string) => rm(join(stateDir, TOKEN), { force: true });

/** The runtime identity can only read; the seeder can write. */
export type IdentityRole = 'runtime' | 'seeder';

/** What is known of an identity; it fills step by step, so that a run can go on where another died. */
export interface StoredIdentity {
  identityId: string;
  clientId?: string | undefined;
  clientSecret?: Secret | undefined;
  clientSecretId?: string | undefined;
}

/** An identity that can log in. */
export interface CompleteIdentity {
  identityId: string;
  clientId: string;
  clientSecret: Secret;
}

export interface IdentityState {
  address: string;
  organizationId: string;
  projectId: string;
  identities: { [Role in IdentityRole]?: StoredIdentity | undefined };
}

const IDENTITY = 'identity.json';
const storedSchema = z.object({
  identityId: z.string().min(1),
  clientId: z.string().optional(),
  clientSecret: secretField.optional(),
  clientSecretId: z.string().optional(),
});
const identitySchema = z.object({
  version,
  address: z.string(),
  organizationId: z.string(),
  projectId: z.string(),
  identities: z.object({ runtime: storedSchema.optional(), seeder: storedSchema.optional() }),
});

export const readIdentityState = (stateDir: string): Promise<IdentityState | undefined> =>
  readStateFile(stateDir, IDENTITY, identitySchema);

export async function saveIdentityState(stateDir: string, state: IdentityState): Promise<void> {
  const { address, organizationId, projectId, identities } = state;
  const plain = Object.fromEntries(
    Object.entries(identities).flatMap(([role, stored]) =>
      stored ? [[role, { ...stored, clientSecret: stored.clientSecret?.reveal() }]] : [],
    ),
  );
  await writeStateFile(stateDir, IDENTITY, { address, organizationId, projectId, identities: plain });
}

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
