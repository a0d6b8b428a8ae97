/** The infrastructure of one environment, as its Compose file declares it: complete, checked, without any secret. */
export interface Stack {
  /** Compose project, e.g. `onex-dev`. Prefix of every container, volume and network. */
  name: string;
  /** Absolute path of the Compose file, or undefined for text that has none. */
  file: string | undefined;
  services: Record<string, Service>;
  volumes: Record<string, StackVolume>;
  secrets: Record<string, StackSecret>;
}

export interface Service {
  name: string;
  image: string;
  command?: string[] | undefined;
  entrypoint?: string[] | undefined;
  environment: Record<string, string>;
  ports: PublishedPort[];
  mounts: Mount[];
  /** Names of secrets, mounted at /run/secrets/NAME. */
  secrets: string[];
  dependsOn: Dependency[];
  healthcheck?: Healthcheck | undefined;
  profiles: string[];
  restart: RestartPolicy;
  stopSignal?: string | undefined;
  /** Milliseconds between the stop signal and SIGKILL. */
  stopGracePeriod: number;
  user?: string | undefined;
  workingDir?: string | undefined;
  labels: Record<string, string>;
  init: boolean;
  tmpfs: string[];
  ready?: Ready | undefined;
  /** Nodes that the service runs; undefined for infrastructure. */
  nodes?: string[] | '*' | undefined;
  /** The name under which the nodes' contracts know the service, where it differs from the service's own. */
  nodesService?: string | undefined;
}

/** A TCP port of the container on 127.0.0.1 of the host. */
export interface PublishedPort {
  host: number;
  container: number;
  /** The variable that chose the host port, for messages. */
  variable?: string | undefined;
}

export type Mount =
  | { kind: 'volume'; volume: string; target: string; readOnly: boolean }
  | { kind: 'bind'; source: string; target: string; readOnly: boolean };

export interface Dependency {
  service: string;
  condition: 'service_healthy' | 'service_started';
}

/** Durations in milliseconds. `test` begins with CMD, CMD-SHELL or NONE. */
export interface Healthcheck {
  test: string[];
  interval?: number | undefined;
  timeout?: number | undefined;
  startPeriod?: number | undefined;
  retries?: number | undefined;
}

export interface RestartPolicy {
  name: 'no' | 'always' | 'unless-stopped' | 'on-failure';
  maximumRetries?: number | undefined;
}

/** What the service must answer from the host before it counts as ready. `port` is the published one on the host. */
export type Ready =
  | (AnyReady & { protocol: 'postgres'; user: string; database: string; password?: string | undefined })
  | (AnyReady & { protocol: 'valkey'; user?: string | undefined; password?: string | undefined })
  | (AnyReady & { protocol: 'http'; path: string });

interface AnyReady {
  port: number;
  timeout?: number | undefined;
}

export interface StackVolume {
  name: string;
  /** The volume's name in the engine, e.g. `onex-dev_postgres`. */
  engineName: string;
  /** Secrets without which its data cannot be opened: other ones are refused before anything starts. */
  keys: string[];
}

export type SecretFormat = 'hex-16' | 'hex-32' | 'base64-32';

/** A file that containers see. `mode` is 0o444 where a container's own user reads it: its folder is 0700. */
export interface StackSecret {
  name: string;
  file: string;
  mode: number;
  origin: SecretOrigin;
}

export type SecretOrigin =
  | { kind: 'generated'; format: SecretFormat; from?: string | undefined }
  | { kind: 'rendered'; template: string }
  | { kind: 'operator' };

/** One thing in a Compose file that cannot be used: where (keys and indexes) and why. */
export interface StackProblem {
  path: (string | number)[];
  reason: string;
}
