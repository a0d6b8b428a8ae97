/** What can be made anew: credentials of an environment by name, and keys in Infisical. */
export const ROTATED = [
  'client-secrets',
  'admin-password',
  'postgres-password',
  'valkey-password',
  'auth-secret',
  'codec-key',
  'KEY',
  '/folder/KEY',
] as const;

/** How long the old credential goes on working beside the new one where nothing else is said: in seconds. */
export const OVERLAP = 60;

/** Seconds in which the old ones go on working: none where there is nothing that can stand beside its next one. */
export const overlapOf = (names: readonly string[], asked = OVERLAP): number =>
  names.includes('client-secrets') ? asked : 0;

/** What a run makes anew, and how. */
export interface Rotation {
  names: readonly string[];
  overlapSeconds: number;
  /** Keyed digest of the value that was given for a key; its file on the host is called so. */
  value?: string;
}

/** What a credential that was switched to asks of the steps behind it. */
export interface Switched {
  changes: string[];
  /** When its readers were given the new one, in milliseconds since the epoch. */
  at: number;
  /** What has to be started, or written, with the new one. */
  then?: 'services' | 'nodes';
}

/** The result of a rotation; no value. */
export interface RotationReport {
  environment: string;
  /** `changes pending` where the old ones go on working yet, `partial` where a host has not got the new ones. */
  outcome: 'complete' | 'changes pending' | 'partial';
  /** The names whose old credentials are dead. */
  rotated: readonly string[];
  /** The run that ends the old ones, and when, as ISO 8601. */
  endsBy?: { workflowId: string; at: string };
  /** What was done, in order, in words. */
  changes: { count: number; first: string[] };
  /** Hosts that joined and have not got the new ones, with the reason. */
  trouble?: { count: number; first: string[] };
}
