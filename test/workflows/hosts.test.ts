import { forbidden, unavailable } from '../../contracts/core/failures';
import { nodesSummary, QUEUE } from '../support/fake-activities';
import { toldOf } from '../support/runs';
import { startTestTemporal, type TestTemporal } from '../support/temporal';
import { servePlayed, type Fleet } from './played-fleet';

const ORDER = { text: '{}', signature: 'of the home' };

describe('the hosts that joined', () => {
  let temporal: TestTemporal;
  beforeAll(async () => (temporal = await startTestTemporal('kept')), 120_000);
  afterAll(() => temporal.stop());

  const serve = (fleet: Fleet) => servePlayed(temporal, fleet);

  it('are served, each by a workflow of its own on its queue; a second run changes nothing', async () => {
    const { result, noted, calls } = await serve({ hosts: [{ name: 'a' }, { name: 'b' }] });
    expect(result).toMatchObject({ outcome: 'complete', hosts: 2, served: 2, changes: { count: 0 } });
    expect(noted).toEqual({ a: 'served', b: 'served' });
    expect(calls).not.toContain('takeOrder');
    const { taskQueue } = await temporal.client.workflow.getHandle('host/test/a').describe();
    expect(taskQueue).toBe(QUEUE);
  });

  it('have the home’s stack brought back while they wait for it', async () => {
    let isUp = false;
    const needed = () => (isUp ? Promise.resolve() : Promise.reject(unavailable('the engine was killed')));
    const { result, calls } = await serve({
      hosts: [{ name: 'a' }],
      host: {
        hostOrder: async () => {
          await needed();
          return { changes: [] };
        },
        awaitInfisical: needed,
        ensureService: (_run, service) => {
          isUp = service === 'infisical';
          return Promise.resolve({
            ...{ name: service, image: service, address: '' },
            ...{ kind: 'registry' as const, action: 'started' as const },
          });
        },
      },
    });
    expect(result).toMatchObject({ outcome: 'complete', served: 1 });
    expect(calls).toContain('ensureEngine');
  }, 60_000);

  it('get rotated credentials once more, where they were away, before the old ones are dead', async () => {
    let asked = 0;
    const { noted, calls } = await serve({
      hosts: [{ name: 'a' }],
      host: {
        hostOrder: () =>
          ++asked === 1 ? Promise.reject(forbidden('killed')) : Promise.resolve({ changes: [] }),
      },
      type: 'rotate',
      input: { rotate: ['client-secrets'], overlap: 0 },
    });
    expect(noted).toEqual({ a: 'served' });
    expect(calls.lastIndexOf('noteHosts')).toBeLessThan(calls.indexOf('retireRotation'));
    expect(calls.filter((call) => call === 'noteHosts')).toHaveLength(2);
  });

  it('have the overlap for their readers from when they got rotated credentials', async () => {
    const at = { took: 0, retired: 0 };
    await serve({
      hosts: [{ name: 'a' }],
      host: {
        hostOrder: async () => {
          await new Promise((resolve) => setTimeout(resolve, 2_000)); // the home's own overlap is over then
          return { changes: [], order: ORDER };
        },
        takeOrder: () => {
          at.took = Date.now();
          return Promise.resolve({ changes: ['took it'], hasLeft: false });
        },
        retireRotation: () => {
          at.retired = Date.now();
          return Promise.resolve({ changes: [] });
        },
      },
      type: 'rotate',
      input: { rotate: ['client-secrets'], overlap: 2 },
    });
    expect(at.took).toBeGreaterThan(0);
    expect(at.retired - at.took).toBeGreaterThan(1_900);
  });

  it('that have not got what was rotated make it partial, and are named: they read nothing', async () => {
    let looks = 0;
    const { result, calls } = await serve({
      hosts: [{ name: 'a' }],
      host: { hostOrder: () => Promise.reject(forbidden(`look ${++looks}`)) },
      type: 'rotate',
      input: { rotate: ['client-secrets'], overlap: 0 },
    });
    const message = expect.stringMatching(/rotated, .*a: look \d+.* Next: .*hosts serve -e test/);
    const details = [{ outcome: 'partial', rotated: ['client-secrets'], trouble: { count: 1 } }];
    expect(result).toMatchObject({ cause: { type: 'Partial', message, details } });
    expect(calls).toContain('endRotations');
  });

  it('whose nodes lack something, and those that leave, have what was rotated: it is complete', async () => {
    const { result } = await serve({
      hosts: [{ name: 'a' }, { name: 'b', away: true, isLeaving: true }],
      host: {
        prefetchNodes: () =>
          Promise.resolve(nodesSummary({ withheld: { count: 1, first: ['node lacks KEY'] } })),
      },
      type: 'rotate',
      input: { rotate: ['client-secrets'], overlap: 0 },
    });
    expect(result).toMatchObject({ outcome: 'complete', rotated: ['client-secrets'] });
  });

  it('whose trouble is long are told of in a line that ends with where the whole of it is', async () => {
    const { result } = await serve({
      hosts: [{ name: 'a' }],
      host: {
        prefetchNodes: () => Promise.reject(forbidden(`2 things:\n  - ${'one '.repeat(60)}\n  - two.`)),
      },
      type: 'rotate',
      input: { rotate: ['client-secrets'], overlap: 0 },
    });
    const message = expect.stringMatching(
      /a: 2 things: - one [^\n]*… On a: onex-bootstrap status -e test\. Next: /,
    );
    expect(result).toMatchObject({ cause: { message } });
  });

  it('that are away hold up no other, and are named', async () => {
    const { result, noted } = await serve({
      hosts: [{ name: 'a', away: true }, { name: 'b' }],
      input: { waitForHosts: 1 },
    });
    expect(result).toMatchObject({ cause: { type: 'Partial', details: [{ hosts: 2, served: 1 }] } });
    expect(noted).toEqual({ a: 'down', b: 'served' });
  });

  it('make a bootstrap partial where one was not served, and everything else is done', async () => {
    const { result, calls, handle } = await serve({
      type: 'bootstrap',
      hosts: [{ name: 'a', away: true }],
      input: { waitForHosts: 1 },
    });
    expect(result).toMatchObject({
      cause: { type: 'Partial', message: expect.stringMatching(/host a: no worker/) },
    });
    expect(calls).toContain('startRuntime greeter');
    expect((await toldOf(handle)).memo['missing']).toEqual(['host a: no worker of it answers']);
  });

  it('get what they do not hold yet', async () => {
    const { result } = await serve({
      hosts: [{ name: 'a' }],
      host: { hostOrder: () => Promise.resolve({ changes: ['made it'], order: ORDER }) },
    });
    expect(result.changes.first).toEqual(['a: made it', 'a: took it']);
  });

  it('whose credential is dead get another one, once', async () => {
    const asked: boolean[] = [];
    let reads = 0;
    const { result, noted } = await serve({
      hosts: [{ name: 'a' }],
      host: {
        hostOrder: (_run, _name, { isDead = false }) => {
          asked.push(isDead);
          return Promise.resolve(isDead ? { changes: ['made it anew'], order: ORDER } : { changes: [] });
        },
        prefetchNodes: () =>
          reads++ === 0
            ? Promise.reject(forbidden('the server refuses it'))
            : Promise.resolve(nodesSummary()),
      },
    });
    expect(asked).toEqual([false, true]);
    expect(result.changes.first).toEqual(['a: made it anew', 'a: took it']);
    expect(noted).toEqual({ a: 'served' });
  });

  it('that lack something required are told as partial, and one that fails as failed', async () => {
    const lacking = { count: 1, first: ['node lacks KEY'] };
    const { noted } = await serve({
      hosts: [{ name: 'a' }],
      host: { prefetchNodes: () => Promise.resolve(nodesSummary({ withheld: lacking })) },
    });
    expect(noted).toEqual({ a: 'partial' });
    const { noted: failed, result } = await serve({
      hosts: [{ name: 'a' }, { name: 'b' }],
      host: {
        hostOrder: (_run, name) =>
          name === 'a' ? Promise.reject(forbidden('no administrator')) : Promise.resolve({ changes: [] }),
      },
    });
    expect(failed).toEqual({ a: 'failed', b: 'served' });
    expect(result).toMatchObject({ cause: { details: [{ trouble: { first: ['a: no administrator'] } }] } });
  });

  it('that were removed are told to leave when they are there, and not waited for when they are gone for good', async () => {
    const { noted, result } = await serve({
      hosts: [
        { name: 'a', isLeaving: true },
        { name: 'b', isLeaving: true, away: true },
        { name: 'c', isLeaving: true, away: true, isForgotten: true },
      ],
      input: { waitForHosts: 1 },
      host: {
        hostOrder: () => Promise.resolve({ changes: ['deleted it'], order: ORDER }),
        takeOrder: () => Promise.resolve({ changes: ['forgot all'], hasLeft: true }),
      },
    });
    expect(noted).toEqual({ a: 'left', b: 'down', c: 'left' });
    expect(result).toMatchObject({ cause: { details: [{ changes: { count: 4 } }] } });
  });

  it('are served a page at a time, in histories that do not grow with them', async () => {
    const hosts = Array.from({ length: 25 }, (_, index) => ({ name: `h${String(index).padStart(2, '0')}` }));
    const { result, noted } = await serve({ hosts, pageOf: 10 });
    expect(result).toMatchObject({ hosts: 25, served: 25 });
    expect(Object.keys(noted)).toHaveLength(25);
    const runs = [];
    for await (const { historyLength } of temporal.client.workflow.list({
      query: `WorkflowType = 'hostPages'`,
    }))
      runs.push(historyLength);
    expect(runs.filter((length) => length > 400)).toEqual([]);
  });
});
