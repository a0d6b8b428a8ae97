import type { ApplicationFailure } from '@temporalio/common';
import type Docker from 'dockerode';
import { refused } from '../../contracts/core/failures';
import type { Service } from '../compose/stack';
import { portOwner } from './port-owner';

/** The refusal for a host port of a service that somebody else holds, with its owner. */
export async function portTaken(engine: Docker, service: Service, host: number): Promise<ApplicationFailure> {
  const port = service.ports.find((published) => published.host === host);
  const owner = (await portOwner(engine, host)) ?? 'somebody else';
  const elsewhere =
    port?.variable === undefined ? 'choose another host port' : `set ${port.variable} to another port`;
  return refused(
    `Port 127.0.0.1:${host}, which ${service.name} needs, is taken by ${owner}. Stop that, or ${elsewhere}.`,
  );
}
