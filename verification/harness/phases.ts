const ACTIVITIES = {
  preflight: ['checkMachine', 'readRequirements', 'readStack', 'standingServices', 'ensureEngine'],
  infrastructure: ['observeStack', 'ensureStackSecrets', 'ensureImages', 'ensureNetwork', 'ensureService'],
  identity: ['awaitInfisical', 'ensureIdentities'],
  seed: ['planSeed', 'applySeed'],
  prefetch: ['prefetchNodes'],
  runtime: ['startRuntime', 'keepReport'],
  hosts: ['askToJoin', 'hostsToServe', 'hostOrder', 'noteHosts', 'takeOrder'],
  rotate: ['prepareRotation', 'switchRotation', 'passRotation', 'retireRotation', 'endRotations'],
};
export type Phase = 'start' | keyof typeof ACTIVITIES;
export const PHASES = ['start', ...Object.keys(ACTIVITIES)] as Phase[];

/** The phase of the workflow that an activity belongs to; what happens outside of one is the command's own start. */
export const phaseOf = (activity = ''): Phase =>
  PHASES.find((phase) => phase !== 'start' && ACTIVITIES[phase].includes(activity)) ?? 'start';
