import { z } from 'zod';
import type { Secret } from '../../contracts/core/secret';
import {
  readStateFile,
  secretField,
  STATE_VERSION,
  writeStateFile,
} from '../../environment/files/state-file';

/** The runtime identity can only read; the seeder can write. */
export type IdentityRole = 'runtime' | 'seeder';

/** What is known of an identity; it fills step by step, so that a run can go on where another died. */
export interface StoredIdentity {
  identityId: string;
  clientId?: string | undefined;
  clientSecret?: Secret | undefined;
  clientSecretId?: string | undefined;
}

export interface IdentityState {
  address: string;
  organizationId: string;
  projectId: string;
  identities: { [Role in IdentityRole]?: StoredIdentity | undefined };
}

const NAME = 'identity.json';
const identity = z.object({
  identityId: z.string().min(1),
  clientId: z.string().optional(),
  clientSecret: secretField.optional(),
  clientSecretId: z.string().optional(),
});
const schema = z.object({
  version: z.literal(STATE_VERSION),
  address: z.string(),
  organizationId: z.string(),
  projectId: z.string(),
  identities: z.object({ runtime: identity.optional(), seeder: identity.optional() }),
});

export const readIdentityState = (stateDir: string): Promise<IdentityState | undefined> =>
  readStateFile(stateDir, NAME, schema);

export async function saveIdentityState(stateDir: string, state: IdentityState): Promise<void> {
  const { address, organizationId, projectId, identities } = state;
  const plain = Object.fromEntries(
    Object.entries(identities).flatMap(([role, stored]) =>
      stored ? [[role, { ...stored, clientSecret: stored.clientSecret?.reveal() }]] : [],
    ),
  );
  await writeStateFile(stateDir, NAME, { address, organizationId, projectId, identities: plain });
}
