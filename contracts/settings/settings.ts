/** Where an env file's values belong: every service, or one. */
export interface EnvFile {
  path: string;
  service?: string;
}

/** A caller's input over the worker's configuration, complete. Crosses workflow boundaries: no values. */
export interface Settings {
  environment: string;
  /** Hostname; names the task queue of everything that touches an engine or a file. */
  host: string;
  /** The environment's own folder, 0700: credentials, plans. */
  stateDir: string;
  infrastructure: { kind: 'stack'; file: string } | { kind: 'external'; address: string };
  contracts: string[];
  registry?: string;
  overlay?: string;
  machineClass?: string;
  service: string;
  envFiles: EnvFile[];
  folders: Record<string, string>;
  projectSlug: string;
  runtimeEnvFile: string;
  nodesDir: string;
  overwrite: boolean;
  dryRun: boolean;
  required: boolean;
  /** False where the server does not know our search attributes: upserting one would block the workflow. */
  searchAttributes: boolean;
}
