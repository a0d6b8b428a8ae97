import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Secret } from '../../contracts/core/secret';
import {
  readStateFile,
  secretField,
  STATE_VERSION,
  writeStateFile,
} from '../../environment/files/state-file';

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

export const saveBootstrapToken = (stateDir: string, { organizationId, token }: BootstrapToken) =>
  writeStateFile(stateDir, NAME, { organizationId, token: token.reveal() });

export const removeBootstrapToken = (stateDir: string) => rm(join(stateDir, NAME), { force: true });
