import { createHash } from 'node:crypto';
import type { Service } from './stack';

/** What a container was made from besides its service's declaration. */
export interface HashInputs {
  imageId: string;
  /** Keyed digests of its secret files by name: a changed password must make a new container. */
  secrets: Record<string, string>;
  /** Anything else that it reads only at its start, e.g. a digest of its nodes' configuration. */
  inputs?: string;
}

/** SHA-256 over the canonical form: the order of fields does not matter, nor do probes, profiles and dependencies. */
export function configHash(service: Service, inputs: HashInputs): string {
  const {
    ready: _ready,
    profiles: _profiles,
    dependsOn: _dependsOn,
    nodes: _nodes,
    ports,
    ...config
  } = service;
  const published = ports.map(({ host, container }) => ({ host, container }));
  return createHash('sha256')
    .update(canonical({ ...config, ports: published, ...inputs }))
    .digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}
