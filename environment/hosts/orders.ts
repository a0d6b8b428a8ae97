import { z } from 'zod';
import { refused } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';
import { signedOrderSchema, type SignedOrder } from '../../contracts/run/hosts';
import { heldHostKey, isSignedBy, openWith, pinnedHomeKey, sealTo, signOrder } from './keys';

/** What a home has a host do: its words are signed by the home's key, and name the key of the one host that they are for. */
const orderSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('credential'),
    environment: z.string(),
    recipient: z.string(),
    /** Base64 of an age file that the recipient opens. */
    sealed: z.string(),
  }),
  z.strictObject({ kind: z.literal('leave'), environment: z.string(), recipient: z.string() }),
]);

interface Addressed {
  environment: string;
  recipient: string;
}

/** The order to hold a credential, which nobody but the recipient can open. */
export async function credentialOrder(
  stateDir: string,
  { environment, recipient }: Addressed,
  credential: Secret,
): Promise<SignedOrder> {
  const sealed = await sealTo(recipient, credential);
  return signOrder(stateDir, JSON.stringify({ kind: 'credential', environment, recipient, sealed }));
}

/** The order to forget everything of the environment. */
export const leaveOrder = (stateDir: string, { environment, recipient }: Addressed): Promise<SignedOrder> =>
  signOrder(stateDir, JSON.stringify({ kind: 'leave', environment, recipient }));

export type OpenedOrder = { kind: 'credential'; credential: Secret } | { kind: 'leave' };

/**
 * An order as this host may take it; Refused where it is not its home's, or not for this host and environment. A host without
 * a key has left, or was killed while it did: it may do so once more.
 */
export async function openOrder(
  { stateDir, environment }: { stateDir: string; environment: string },
  given: unknown,
): Promise<OpenedOrder> {
  const signed = signedOrderSchema.safeParse(given);
  const home = await pinnedHomeKey(stateDir);
  if (home === undefined || !signed.success || !isSignedBy(home, signed.data))
    throw refused(
      `An order for ${environment} is not signed by the home that this host joined: nothing was done. If the home was set up anew, join again (onex-bootstrap join -e ${environment}).`,
    );
  const order = orderSchema.parse(JSON.parse(signed.data.text));
  const key = await heldHostKey(stateDir);
  if (order.environment === environment) {
    if (order.kind === 'leave' && (key === undefined || order.recipient === key.recipient))
      return { kind: 'leave' };
    if (order.kind === 'credential' && order.recipient === key?.recipient)
      return { kind: 'credential', credential: await openWith(key.identity, order.sealed) };
  }
  throw refused(
    `An order of the home is for another host or environment than ${environment} here: nothing was done.`,
  );
}
