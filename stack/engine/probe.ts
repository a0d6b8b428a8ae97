import type { Secret } from '../../contracts/core/secret';
import type { Ready } from '../compose/stack';
import { probeHttp } from './probe-http';
import { probePostgres } from './probe-postgres';
import { probeValkey } from './probe-valkey';

/** What a service answered: ready, not yet, or something that waiting does not cure. Reasons hold no secret. */
export type ProbeResult =
  { state: 'ready' } | { state: 'waiting'; reason: string } | { state: 'wrong'; reason: string };

/** Asks once, in the service's own protocol, at its port on 127.0.0.1. */
export function probe(ready: Ready, password: Secret | undefined): Promise<ProbeResult> {
  switch (ready.protocol) {
    case 'postgres':
      return probePostgres(ready, password);
    case 'valkey':
      return probeValkey(ready, password);
    case 'http':
      return probeHttp(ready);
  }
}

/** What the probe waits for, in words. */
export function readyWhen(ready: Ready): string {
  switch (ready.protocol) {
    case 'postgres':
      return `a login as ${ready.user} on 127.0.0.1:${ready.port}`;
    case 'valkey':
      return `PONG on 127.0.0.1:${ready.port}`;
    case 'http':
      return `an answer from http://127.0.0.1:${ready.port}${ready.path}`;
  }
}

/** Where the host reaches a service. */
export const addressOf = (ready: Ready) =>
  ready.protocol === 'http' ? `http://127.0.0.1:${ready.port}` : `127.0.0.1:${ready.port}`;
