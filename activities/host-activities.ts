import type { IdentityFacts, RequirementsOutline, StackOutline } from '../contracts/report/outlines';
import type { NodeRow } from '../contracts/report/node-row';
import type { SeedReport } from '../contracts/report/seed-report';
import type { RuntimeRow } from '../contracts/report/bootstrap-report';
import type { ServiceRow } from '../contracts/report/service-row';
import type { Settings } from '../contracts/settings/settings';

/** Changes in words, in order; empty when everything was in place. */
export interface Changed {
  changes: string[];
}

/** Work on one host: its Docker Engine, its files, and calls whose credentials are in those files. */
export interface HostActivities {
  checkState(settings: Settings): Promise<Changed>;
  readRequirements(settings: Settings): Promise<RequirementsOutline>;
  ensureEngine(settings: Settings): Promise<Changed & { version: string }>;
  readStack(settings: Settings): Promise<StackOutline>;
  observeStack(settings: Settings): Promise<ServiceRow[]>;
  ensureStackSecrets(settings: Settings): Promise<Changed>;
  ensureImages(settings: Settings): Promise<Changed>;
  ensureNetwork(settings: Settings): Promise<Changed>;
  ensureService(settings: Settings, name: string): Promise<ServiceRow>;

  /** The identity that the operator gave, proven by a login; undefined where none was given. */
  adoptIdentity(settings: Settings, address: string): Promise<IdentityFacts | undefined>;
  /** Administrator, project and both identities: found, else made; what is stored is proven by logins. */
  ensureIdentities(settings: Settings, address: string): Promise<Changed & { facts: IdentityFacts }>;
  writeRuntimeEnv(settings: Settings, address: string): Promise<Changed>;

  planSeed(settings: Settings): Promise<SeedReport>;
  applySeed(settings: Settings, planId: string): Promise<{ written: number; requests: number }>;

  prefetchNodes(settings: Settings): Promise<NodeRow[]>;
  startRuntime(settings: Settings, name: string, nodes: NodeRow[]): Promise<RuntimeRow>;
}
