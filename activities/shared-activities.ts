import type { BootstrapInput } from '../contracts/settings/bootstrap-input';
import type { Settings } from '../contracts/settings/settings';

/** Work that any worker may do: it touches no host. */
export interface SharedActivities {
  resolveSettings(input: BootstrapInput): Promise<Settings>;
  /** One look at an Infisical; NotReady until it serves. Answers its generation in words. */
  awaitInfisical(address: string): Promise<{ generation: string; initialized: boolean }>;
}
