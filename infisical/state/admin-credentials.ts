import { randomBytes } from 'node:crypto';
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
} from '../../environment/files/state-file';

/** The root credential of an installation. */
export interface AdminCredentials {
  email: string;
  password: Secret;
  organization: string;
}

const NAME = 'admin.json';
const schema = z.object({
  version: z.literal(STATE_VERSION),
  email: z.email(),
  password: secretField,
  organization: z.string().min(1),
});

export const readAdminCredentials = (stateDir: string): Promise<AdminCredentials | undefined> =>
  readStateFile(stateDir, NAME, schema);

/**
 * Makes the credential durable before the call that creates the account, and returns what is stored: a file of an
 * earlier attempt wins, because the account may exist with its password already.
 */
export async function writeAheadAdmin(
  stateDir: string,
  { email, organization, password }: { email: string; organization: string; password?: Secret | undefined },
): Promise<AdminCredentials> {
  const chosen = password ?? new Secret(randomBytes(24).toString('base64url'));
  const content = stateText({ email, password: chosen.reveal(), organization });
  const path = join(stateDir, NAME);
  return parseState(path, await createFileOnce(path, content), schema);
}
