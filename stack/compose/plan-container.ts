import { createHash } from 'node:crypto';
import stringify from 'safe-stable-stringify';
import type { Service } from './stack';

/** What a container was made from besides its service's declaration. */
export interface HashInputs {
  imageId: string;
  /** Keyed digests of its secret files by name: a changed password must make a new container. */
  secrets: Record<string, string>;
  /** Anything else that it reads only at its start, e.g. a digest of its nodes' configuration. */
  inputs?: string | undefined;
}

/** SHA-256 over the canonical form: the order of fields does not matter, nor does what the container does not see. */
export function configHash(service: Service, inputs: HashInputs): string {
  const {
    ready: _ready,
    profiles: _profiles,
    dependsOn: _dependsOn,
    nodes: _nodes,
    onChange: _onChange,
    role: _role,
    ends: _ends,
    pullPolicy: _pullPolicy,
    ports,
    ...config
  } = service;
  const published = ports.map(({ variable: _chosenBy, ...port }) => port);
  const hashed: object = { ...config, ports: published, ...inputs };
  return createHash('sha256').update(stringify(hashed)).digest('hex');
}

/** A container as the engine lists it. */
export interface ObservedContainer {
  id: string;
  state: string;
  configHash: string | undefined;
  /** Of one that has ended. */
  exitCode?: number | undefined;
}

/** What makes the container right, and why. */
export type ContainerPlan =
  | { action: 'create'; reason: string }
  | { action: 'start' | 'unpause' | 'watch' | 'recreate' | 'keep'; reason: string; id: string };

/**
 * Compares a container with the hash that it should have. Half-made ones are made anew; one that the engine starts again
 * is watched, and made anew if it ends again. What runs once (`ends`) is not run again after it succeeded.
 */
export function planContainer(
  observed: ObservedContainer | undefined,
  wantedHash: string,
  ends?: Service['ends'],
): ContainerPlan {
  if (observed === undefined) return { action: 'create', reason: 'absent' };
  const { id, state, exitCode } = observed;
  if (observed.configHash !== wantedHash)
    return { action: 'recreate', reason: 'its configuration changed', id };
  switch (state) {
    case 'running':
      return { action: 'keep', reason: 'unchanged', id };
    case 'created':
      return { action: 'start', reason: 'made, never started', id };
    case 'exited':
      if (exitCode === 0 && ends !== undefined) return { action: 'keep', reason: 'ended with code 0', id };
      return { action: 'start', reason: exitCode ? `ended with code ${exitCode}` : 'stopped', id };
    case 'restarting':
      return { action: 'watch', reason: 'it ended, and the engine starts it again', id };
    case 'paused':
      return { action: 'unpause', reason: 'paused', id };
    default:
      return { action: 'recreate', reason: `it was ${state}`, id };
  }
}
