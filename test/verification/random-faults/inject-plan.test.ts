import { randomUUID } from 'node:crypto';
import type { FaultKind } from '../../../verification/random-faults/fault-plan';
import { injectPlan } from '../../../verification/random-faults/inject-plan';
import { answer, startStub } from '../../infisical/stub-server';
import { FaultProxy } from '../../support/fault-proxy';

describe('injectPlan', () => {
  let stub: Awaited<ReturnType<typeof startStub>>;
  let proxy: FaultProxy;
  beforeEach(async () => {
    stub = await startStub((_, response) => answer(response, 201, {}));
    proxy = await FaultProxy.start(stub.address);
  });
  afterEach(async () => {
    await proxy.stop();
    await stub[Symbol.asyncDispose]();
  });

  const statusOf = async (path: string, method = 'GET') =>
    (await fetch(`${proxy.address}${path}`, { method })).status;
  const fault = (kind: FaultKind, request: string, nth = 1, times = 1) => ({
    fault: kind,
    request,
    nth,
    times,
  });

  it('meets requests by method and path, whatever their ids and query, from the n-th on', async () => {
    const faults = [fault('server error', 'GET /projects/:id/keys', 2, 2)];
    const met = injectPlan(proxy, { generation: 'current', faults });
    const statuses: number[] = [];
    for (const query of ['', '?a=b', '', ''])
      statuses.push(await statusOf(`/projects/${randomUUID()}/keys${query}`));
    expect(statuses).toEqual([201, 500, 500, 201]);
    expect(await statusOf(`/projects/${randomUUID()}`)).toBe(201);
    expect(await statusOf(`/projects/${randomUUID()}/keys`, 'POST')).toBe(201);
    const one = { fault: 'server error', request: 'GET /projects/:id/keys' };
    expect(met()).toEqual([one, one]);
  });

  it('counts all requests for any, and limits rates in the words of the generation', async () => {
    const faults = [fault('rate limit', 'any', 2)];
    injectPlan(proxy, { generation: '2024', faults });
    expect([await statusOf('/a'), await statusOf('/b', 'POST'), await statusOf('/c')]).toEqual([
      201, 500, 201,
    ]);
    injectPlan(proxy, { generation: 'current', faults });
    expect([await statusOf('/a'), await statusOf('/b', 'POST'), await statusOf('/c')]).toEqual([
      201, 429, 201,
    ]);
  });
});
