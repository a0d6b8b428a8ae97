import type { Phase } from './kill-point';

const phases: Record<string, Phase> = {
  checkState: 'preflight',
  readRequirements: 'preflight',
  readStack: 'preflight',
  ensureEngine: 'preflight',
  ensureStackSecrets: 'infrastructure',
  ensureImages: 'infrastructure',
  ensureNetwork: 'infrastructure',
  ensureService: 'infrastructure',
  awaitInfisical: 'identity',
  adoptIdentity: 'identity',
  ensureIdentities: 'identity',
  writeRuntimeEnv: 'identity',
  planSeed: 'seed',
  applySeed: 'seed',
  prefetchNodes: 'prefetch',
  startRuntime: 'runtime',
};

/** The phase of the workflow that an activity belongs to; what happens outside of one is the command's own start. */
export const phaseOf = (activity: string | undefined): Phase => phases[activity ?? ''] ?? 'start';
