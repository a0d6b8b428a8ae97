import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../../contracts/core/secret';
import { homePublicKey, hostKey, pinHomeKey, signOrder } from '../../../environment/hosts/keys';
import { credentialOrder, leaveOrder, openOrder } from '../../../environment/hosts/orders';

const CREDENTIAL = new Secret('{"clientSecret":"canary-of-a-host"}');

describe('orders of a home', () => {
  const folders: string[] = [];
  const folder = () => {
    const made = mkdtempSync(join(tmpdir(), 'onex-hosts-'));
    folders.push(made);
    return made;
  };
  afterAll(() => folders.forEach((path) => rmSync(path, { recursive: true })));

  /** A host that joined a home, and how it opens an order. */
  async function joined(home: string) {
    const stateDir = folder();
    const { recipient } = await hostKey(stateDir);
    await pinHomeKey(stateDir, await homePublicKey(home));
    const open = (order: unknown, environment = 'prod') => openOrder({ stateDir, environment }, order);
    return { stateDir, recipient, open };
  }

  it('hand a credential to the host that it is sealed to, and show nothing of it on the way', async () => {
    const home = folder();
    const host = await joined(home);
    const order = await credentialOrder(home, { environment: 'prod', recipient: host.recipient }, CREDENTIAL);
    expect(JSON.stringify(order)).not.toContain('canary');
    const opened = await host.open(order);
    expect(opened.kind === 'credential' && opened.credential.reveal()).toBe(CREDENTIAL.reveal());
    expect(
      await host.open(await leaveOrder(home, { environment: 'prod', recipient: host.recipient })),
    ).toEqual({
      kind: 'leave',
    });
  });

  it('open on no other host, not even one that says that it is meant', async () => {
    const home = folder();
    const [one, other] = [await joined(home), await joined(home)];
    const order = await credentialOrder(home, { environment: 'prod', recipient: one.recipient }, CREDENTIAL);
    await expect(other.open(order)).rejects.toMatchObject({ type: 'Refused', message: /for another host/ });
    // the home itself signs for the one what is sealed to the other
    const { sealed } = JSON.parse(order.text) as { sealed: string };
    const mixed = JSON.stringify({
      kind: 'credential',
      environment: 'prod',
      recipient: other.recipient,
      sealed,
    });
    await expect(other.open(await signOrder(home, mixed))).rejects.toMatchObject({
      type: 'Refused',
      message: /sealed to another key/,
    });
  });

  it.each([
    ['of another home', async (to: string) => leaveOrder(folder(), { environment: 'prod', recipient: to })],
    [
      'changed on the way',
      async (to: string, home: string) => {
        const order = await leaveOrder(home, { environment: 'test', recipient: to });
        return { ...order, text: order.text.replace('test', 'prod') };
      },
    ],
    ['without a signature', (to: string) => ({ text: JSON.stringify({ kind: 'leave', to }), signature: '' })],
    ['that is none', () => 'leave'],
    ['of too much', () => ({ text: 'x'.repeat(9_000), signature: 'x' })],
  ])('%s are refused', async (_what, forge) => {
    const home = folder();
    const host = await joined(home);
    await expect(host.open(await forge(host.recipient, home))).rejects.toMatchObject({
      type: 'Refused',
      message: /not signed by the home/,
    });
  });

  it('for another environment are refused', async () => {
    const home = folder();
    const host = await joined(home);
    const order = await leaveOrder(home, { environment: 'test', recipient: host.recipient });
    await expect(host.open(order)).rejects.toMatchObject({ type: 'Refused' });
  });

  it('to leave may be taken once more by a host that was killed as it left, and to hold a credential not', async () => {
    const home = folder();
    const { stateDir, recipient, open } = await joined(home);
    const to = { environment: 'prod', recipient };
    rmSync(join(stateDir, 'host-key.json'));
    expect(await open(await leaveOrder(home, to))).toEqual({ kind: 'leave' });
    await expect(open(await credentialOrder(home, to, CREDENTIAL))).rejects.toMatchObject({
      type: 'Refused',
    });
    await hostKey(stateDir); // it has joined anew
    await expect(open(await leaveOrder(home, to))).rejects.toMatchObject({ type: 'Refused' });
  });

  it('are taken from one home for good', async () => {
    const { stateDir } = await joined(folder());
    await expect(pinHomeKey(stateDir, await homePublicKey(folder()))).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(/the key SHA256:.* knows is SHA256:/),
    });
  });
});
