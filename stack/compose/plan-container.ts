/** A container as the engine lists it. */
export interface ObservedContainer {
  id: string;
  state: string;
  configHash: string | undefined;
}

/** What makes the container right, and why. */
export type ContainerPlan =
  | { action: 'create'; reason: string }
  | { action: 'start' | 'unpause' | 'watch' | 'recreate' | 'keep'; reason: string; id: string };

/**
 * Compares a container with the hash that it should have. Half-made ones are made anew; one that the engine starts again
 * is watched, and made anew if it ends again.
 */
export function planContainer(observed: ObservedContainer | undefined, wantedHash: string): ContainerPlan {
  if (observed === undefined) return { action: 'create', reason: 'absent' };
  const { id, state } = observed;
  if (observed.configHash !== wantedHash)
    return { action: 'recreate', reason: 'its configuration changed', id };
  switch (state) {
    case 'running':
      return { action: 'keep', reason: 'unchanged', id };
    case 'created':
    case 'exited':
      return { action: 'start', reason: state === 'created' ? 'made, never started' : 'stopped', id };
    case 'restarting':
      return { action: 'watch', reason: 'it ended, and the engine starts it again', id };
    case 'paused':
      return { action: 'unpause', reason: 'paused', id };
    default:
      return { action: 'recreate', reason: `it was ${state}`, id };
  }
}
