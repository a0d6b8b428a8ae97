import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Claims } from '../../../contracts/run/hosts';
import { claimsDigest, hostKey } from '../../../environment/hosts/keys';
import {
  acceptHost,
  hostNames,
  keepAsking,
  knownHost,
  noteHost,
  readHost,
  removeHost,
} from '../../../environment/hosts/records';

describe('hosts that ask to join', () => {
  let stateDir: string;
  let claims: Claims;
  beforeEach(async () => {
    stateDir = mkdtempSync(join(tmpdir(), 'onex-hosts-'));
    claims = await of('edge');
  });
  afterEach(() => rmSync(stateDir, { recursive: true }));

  async function accept() {
    const { asks } = await knownHost(stateDir, 'edge');
    await acceptHost(stateDir, 'edge', claimsDigest(asks!));
  }
  async function of(name: string): Promise<Claims> {
    const own = mkdtempSync(join(stateDir, `${name}-`));
    const { recipient } = await hostKey(own);
    return { name, installation: `${name}-0a1b2c`, recipient };
  }

  it('wait until somebody accepts them, and are known as that from then on', async () => {
    expect(await keepAsking(stateDir, claims)).toBe('asking');
    await accept();
    expect(await keepAsking(stateDir, claims)).toBe('accepted');
    expect(await knownHost(stateDir, 'edge')).toMatchObject({ accepted: claims });
  });

  it('are accepted as what the operator saw, and as nothing else', async () => {
    await keepAsking(stateDir, { ...claims, serves: { services: ['billing'], nodes: [] } });
    await expect(acceptHost(stateDir, 'edge', claimsDigest(claims))).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(/nothing was accepted/),
    });
    expect((await knownHost(stateDir, 'edge')).accepted).toBeUndefined();
  });

  it('ask anew to be more, and are what they were until that is accepted', async () => {
    await keepAsking(stateDir, { ...claims, serves: { services: ['billing'], nodes: [] } });
    await accept();
    expect(await keepAsking(stateDir, claims)).toBe('asking');
    expect((await knownHost(stateDir, 'edge')).accepted?.serves?.services).toEqual(['billing']);
    await accept();
    expect((await knownHost(stateDir, 'edge')).accepted?.serves).toBeUndefined();
  });

  it('with another key under a known name are refused', async () => {
    await keepAsking(stateDir, claims);
    await accept();
    await expect(keepAsking(stateDir, await of('edge'))).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(/--name.*hosts remove edge/),
    });
  });

  it('are forgotten where they were never accepted; others stay until they were told', async () => {
    await keepAsking(stateDir, claims);
    await removeHost(stateDir, 'edge', false);
    expect(await readHost(stateDir, 'edge')).toBeUndefined();
    await keepAsking(stateDir, claims);
    await accept();
    await removeHost(stateDir, 'edge', false);
    await expect(keepAsking(stateDir, claims)).rejects.toMatchObject({ type: 'Refused' });
    await noteHost(stateDir, 'edge', 'down');
    expect(await knownHost(stateDir, 'edge')).toMatchObject({ removed: true, last: { outcome: 'down' } });
    await noteHost(stateDir, 'edge', 'left');
    expect(await hostNames(stateDir)).toEqual([]);
  });

  it('are a crowd of a hundred at most', async () => {
    for (let index = 0; index < 100; index++) await keepAsking(stateDir, { ...claims, name: `h${index}` });
    await expect(keepAsking(stateDir, claims)).rejects.toMatchObject({ type: 'Refused' });
    expect(await keepAsking(stateDir, { ...claims, name: 'h7' })).toBe('asking'); // one of them
  });

  it('of no proper name are none', async () => {
    await expect(readHost(stateDir, '../../identity')).rejects.toMatchObject({ type: 'BadInput' });
    await expect(acceptHost(stateDir, 'nobody', '')).rejects.toMatchObject({ type: 'BadInput' });
  });
});
