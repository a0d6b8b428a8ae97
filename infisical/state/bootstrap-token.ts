import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Secret } from '../../contracts/core/secret';
import { writeFileAtomic } from '../../environment/files/write-file-atomic';
import { secretField } from './secret-field';
import { readStateFile, STATE_VERSION } from '../../environment/files/state-file';

/** What the instance bootstrap hands out once: an organisation administrator, until it is revoked. */
export interface BootstrapToken {
  organizationId: string;
  token: Secret;
}

const NAME = 'bootstrap-token';
const schema = z.object({
  version: z.literal(STATE_VERSION),
  organizationId: z.string().min(1),
  token: secretField,
});

export const readBootstrapToken = (stateDir: string): Promise<BootstrapToken | undefined> =>
  readStateFile(stateDir, NAME, schema);

export async function saveBootstrapToken(stateDir: string, { organizationId, token }: BootstrapToken) {
  const content = { version: STATE_VERSION, organizationId, token: token.reveal() };
  await writeFileAtomic(join(stateDir, NAME), `${JSON.stringify(content)}\n`);
}

export const removeBootstrapToken = (stateDir: string) => rm(join(stateDir, NAME), { force: true });
