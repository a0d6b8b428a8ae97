import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostChecks } from '../../../activities/checks/hosts';
import type { HostOutcome } from '../../../contracts/run/hosts';
import { claimsDigest, hostKey } from '../../../environment/hosts/keys';
import { acceptHost, keepAsking, knownHost, noteHost, removeHost } from '../../../environment/hosts/records';
import { declaredIn } from '../../support/declared';

describe('the hosts that joined', () => {
  let root: string;
  beforeEach(async () => (root = await mkdtemp(join(tmpdir(), 'onex-hosts-'))));
  afterEach(() => rm(root, { recursive: true }));

  const declared = async () =>
    (await declaredIn(root, { infisical: 'http://127.0.0.1:1', contracts: [] })).environment;
  async function ask(stateDir: string, name: string) {
    const { recipient } = await hostKey(await mkdtemp(join(root, `${name}-`)));
    await keepAsking(stateDir, { name, installation: `${name}-0123456789ab`, recipient });
  }
  async function accepted(stateDir: string, name: string, outcome?: HostOutcome) {
    await ask(stateDir, name);
    await acceptHost(stateDir, name, claimsDigest((await knownHost(stateDir, name)).asks!));
    if (outcome !== undefined) await noteHost(stateDir, name, outcome);
  }

  it('are nothing to look at where none ever asked', async () => {
    expect(await hostChecks(await declared())).toEqual({});
  });

  it('are a drift each where their share of the last run is not done', async () => {
    const environment = await declared();
    const { stateDir } = environment;
    await accepted(stateDir, 'a', 'served');
    await accepted(stateDir, 'b', 'down');
    await accepted(stateDir, 'c');
    await accepted(stateDir, 'd', 'failed');
    await removeHost(stateDir, 'd', false);
    await ask(stateDir, 'e');
    const { hosts } = await hostChecks(environment);
    expect(await hosts!()).toEqual({
      what: '3 joined, 1 without its share; e asks to join',
      drifts: [
        {
          ...{ kind: 'condition', name: 'host b', heals: false },
          is: 'its share of the last run was not done, since no worker of it answered',
          mend: 'onex-bootstrap hosts serve b -e dev',
        },
      ],
    });
  });
});
