import { z } from 'zod';
import { refused } from '../../contracts/core/failures';
import { isSameAddress } from '../../contracts/core/server-address';
import { readStateFile, STATE_VERSION, writeStateFile } from '../../environment/files/state-file';

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
