import type { SecretFormat } from '../../contracts/core/secret-format';

/** The infrastructure of one environment, as its Compose file declares it: complete, checked, without any secret. */
export interface Stack {
  /** Compose project, e.g. `onex-dev`. Prefix of every container, volume and network. */
  name: string;
  /** Absolute path of the Compose file, or undefined for text that has none. */
  file: string | undefined;
  services: Record<string, Service>;
  /** Those that a service joins. */
  networks: Record<string, StackNetwork>;
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
  /** Undefined for the stack's default network alone. */
  networks?: ServiceNetwork[] | undefined;
  containerName?: string | undefined;
  hostname?: string | undefined;
  domainName?: string | undefined;
  /** HOST:ADDRESS. */
  extraHosts?: string[] | undefined;
  dns?: string[] | undefined;
  /** PORT/PROTOCOL that only other services use. */
  expose?: string[] | undefined;
  logging?: { driver?: string | undefined; options?: Record<string, string> | undefined } | undefined;
  limits?: Limits | undefined;
  readOnly?: boolean | undefined;
  capDrop?: string[] | undefined;
  capAdd?: string[] | undefined;
  securityOptions?: string[] | undefined;
  pullPolicy?: 'always' | 'missing' | 'if_not_present' | 'never' | undefined;
  /** The Infisical of the stack, where its image does not tell. */
  role?: 'infisical' | undefined;
  /** Whether it runs to an end: others wait for that, or nothing speaks against it. Undefined for what serves. */
  ends?: 'awaited' | 'allowed' | undefined;
  ready?: Ready | undefined;
  /** Nodes that the service runs; undefined for infrastructure. */
  nodes?: string[] | '*' | undefined;
  /** The name under which the nodes' contracts know the service, where it differs from the service's own. */
  nodesService?: string | undefined;
  /** What is done when its nodes' configuration changes; made anew where it is not said. */
  onChange?: 'restart' | 'signal' | 'none' | undefined;
}

/** A TCP port of the container on the host. */
export interface PublishedPort {
  host: number;
  container: number;
  /** The host's address where it is another than 127.0.0.1; 0.0.0.0 is every one. */
  address?: string;
  /** The variable that chose the host port, for messages. */
  variable?: string | undefined;
}

export type Mount =
  | { kind: 'volume'; volume: string; target: string; readOnly: boolean }
  | { kind: 'bind'; source: string; target: string; readOnly: boolean; selinux?: string };

export interface Dependency {
  service: string;
  condition: 'service_healthy' | 'service_started' | 'service_completed_successfully';
  /** The stack may be without it. */
  optional?: boolean;
}

export interface ServiceNetwork {
  name: string;
  aliases: string[];
  /** A fixed IPv4 address in it. */
  address?: string;
}

export interface StackNetwork {
  name: string;
  /** The network's name in the engine, e.g. `onex-dev_default`. */
  engineName: string;
  /** Somebody else made it: it must be there, and stays. */
  external: boolean;
  internal: boolean;
  options: Record<string, string>;
  labels: Record<string, string>;
  subnets: { subnet?: string | undefined; gateway?: string | undefined; ip_range?: string | undefined }[];
}

/** Bytes, cores and counts; undefined where there is none. */
export interface Limits {
  memory: number | undefined;
  memoryReservation: number | undefined;
  cpus: number | undefined;
  pids: number | undefined;
  sharedMemory: number | undefined;
  ulimits: { name: string; soft: number; hard: number }[] | undefined;
}

/** Durations in milliseconds. `test` begins with CMD, CMD-SHELL or NONE. */
export interface Healthcheck {
  test: string[];
  interval?: number | undefined;
  timeout?: number | undefined;
  startPeriod?: number | undefined;
  startInterval?: number | undefined;
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
  /** Where that port is published, where it is not 127.0.0.1. */
  host?: string | undefined;
  timeout?: number | undefined;
}

export interface StackVolume {
  name: string;
  /** The volume's name in the engine, e.g. `onex-dev_postgres`. */
  engineName: string;
  labels: Record<string, string>;
  /** Secrets without which its data cannot be opened: other ones are refused before anything starts. */
  keys: string[];
}

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
