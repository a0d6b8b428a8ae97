import { isLegacy, type Server } from '../http/context';
import { v3, v4 } from './secret-fields';
import { registerSecretReads } from './secret-reads';
import { registerSecretWrites } from './secret-writes';

/** Secrets one by one and as lists: v4 today with v3 as its twin, v3 alone in 2024. */
export function registerSecretRoutes(server: Server): void {
  for (const family of isLegacy(server) ? [v3] : [v4, v3]) {
    registerSecretReads(server, family);
    registerSecretWrites(server, family);
  }
}
