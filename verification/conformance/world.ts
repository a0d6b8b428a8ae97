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
  | { needs?: undefined; run: (world: World) => Promise<unknown> }
  | { needs: 'administrator'; run: (world: AdministratorWorld) => Promise<unknown> }
);

type Run<In> = (world: In) => Promise<unknown>;

export const check = (name: string, run: Run<World>): Case => ({ name, run });
export const onlyCurrent = (name: string, run: Run<World>): Case => ({ name, only: 'current', run });
export const only2024 = (name: string, run: Run<World>): Case => ({ name, only: '2024', run });
export const asAdministrator = (name: string, run: Run<AdministratorWorld>, only?: Generation): Case => ({
  name,
  needs: 'administrator',
  run,
  ...(only === undefined ? {} : { only }),
});

/** What is expected of today's server, and of the one of 2024. */
export const either = <Value>(
  { generation }: Pick<World, 'generation'>,
  today: Value,
  in2024: Value,
): Value => (generation === 'current' ? today : in2024);
