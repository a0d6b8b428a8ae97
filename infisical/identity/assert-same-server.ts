import { refused } from '../../contracts/core/failures';
import type { IdentityState } from '../state/identity-state';

/** Credentials are never shown to a server that did not issue them; on this machine the port may change. */
export function assertSameServer(
  { address }: Pick<IdentityState, 'address'>,
  asked: string,
  stateDir: string,
): void {
  if (address === asked || (isLoopback(address) && isLoopback(asked))) return;
  throw refused(
    `${stateDir}/identity.json belongs to ${address}, not to ${asked}. Use another ONEX_STATE_DIR for another ` +
      'Infisical; if it is the same one at a new address, change "address" in that file.',
  );
}

const isLoopback = (address: string) =>
  URL.canParse(address) && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(address).hostname);
