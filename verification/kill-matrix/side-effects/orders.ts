/** What the harness tells the code that it loads into the product's process; travels in one variable as JSON. */
export interface Orders {
  /** Where `passages`, `reached` and `release` are. */
  folder: string;
  /** The passage to stop at, as `before infisical POST /api/v1/identities #2`. */
  stopAt?: string;
  fault?: PlantedFault;
  /** Whose worker this is, which works beside one attempt after the other: `besideFile` tells it of the present one. */
  beside?: Beside;
}

/** Who works beside the command of an attempt: a host that joined, or the home where that host has the command. */
export type Beside = 'host' | 'home';

/** There while an attempt is under way. */
export interface BesideOrders {
  attempt: number;
  stopAt?: string;
}

/** A guarantee of the product that is broken on purpose, to see the matrix find it. */
export const PLANTED_FAULTS = [
  'identity made twice',
  'nothing revoked',
  'no write-ahead',
  'values printed',
] as const;
export type PlantedFault = (typeof PLANTED_FAULTS)[number];

/** What to do with an effect that was stopped at: go on, or go on as if its answer had been lost. */
export type Release = 'continue' | 'lost';

export const ORDERS = 'KILL_MATRIX_ORDERS';

export const passagesFile = (folder: string) => `${folder}/passages`;
export const reachedFile = (folder: string) => `${folder}/reached`;
export const besideFile = (folder: string) => `${folder}/beside`;
export const releaseFile = (folder: string) => `${folder}/release`;
