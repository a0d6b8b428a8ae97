import type { z } from 'zod';
import type { Loose } from '../../contracts/core/record';
import type { SecretFormat } from '../../contracts/core/secret-format';
import type { PublishedPort } from './fields/ports';
import type { service } from './service-schema';

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

type Parsed = z.infer<typeof service>;

/** A service as the schema reads it, in its stack. */
export interface Service extends Loose<
  Omit<Parsed, 'environment' | 'envFiles' | 'configs' | 'ports' | 'ready'>
> {
  name: string;
  environment: Record<string, string>;
  ports: PublishedPort[];
  /** Whether it runs to an end: others wait for that, or nothing speaks against it. Undefined for what serves. */
  ends?: 'awaited' | 'allowed' | undefined;
  ready?: Ready | undefined;
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

/**
 * What the service must answer from the host before it counts as ready. `port` is the published one on the host, `host`
 * the address where it is published, where that is not 127.0.0.1.
 */
export type Ready = NonNullable<Parsed['ready']> & { host?: string | undefined };

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
