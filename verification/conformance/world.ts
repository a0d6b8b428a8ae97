import type { Api } from './api';

export type Generation = 'current' | '2024';

/** An administrator of the organisation, with the password where a login can be repeated. */
export interface Administrator {
  token: string;
  orgId: string;
  account: { email: string; password: string };
}

/** What the cases work in: a project of their own, or a folder of their own in a given one. */
export interface World {
  api: Api;
  generation: Generation;
  /** A random text that makes every name of this run its own. */
  run: string;
  /** May write in the project. */
  token: string;
  projectId: string;
  projectSlug: string;
  environment: string;
  /** The folder that all secrets of this run are under. */
  root: string;
  administrator: Administrator | undefined;
  /** What is to be undone at the end, last first. */
  cleanUp: (() => Promise<unknown>)[];
}

/** A world in which the administrator's cases may run. */
export type AdministratorWorld = World & { administrator: Administrator };

/** One behaviour. `only`: the generation that has it. */
export type Case = { name: string; only?: Generation } & (
  | { needs?: undefined; run: (world: World) => Promise<void> }
  | { needs: 'administrator'; run: (world: AdministratorWorld) => Promise<void> }
);
