import { someOf } from '../../contracts/core/some-of';
import type { Environment } from '../../environment/environment';
import { hostNames, hostStanding } from '../../environment/hosts/records';
import { fine, type Check, type Look, type Unlike } from './check';

const ENDED = {
  partial: 'lacked required keys',
  failed: 'failed',
  down: 'was not done, since no worker of it answered',
} as const;

/** The check of the hosts that joined; none where no host ever asked. */
export async function hostChecks(environment: Environment): Promise<Record<string, Check>> {
  const names = await hostNames(environment.stateDir);
  return names.length === 0 ? {} : { hosts: () => hosts(environment) };
}

/** Every host that was accepted had its share of the last run. */
async function hosts({ stateDir, environment }: Environment): Promise<Look> {
  const { joined, unserved, asking } = await hostStanding(stateDir);
  const drifts = unserved.map(({ name, outcome }): Unlike => {
    const is = `its share of the last run ${ENDED[outcome]}`;
    const mend = `onex-bootstrap hosts serve ${name} -e ${environment}`;
    return { kind: 'condition', name: `host ${name}`, is, heals: false, mend };
  });
  const asks =
    asking.length === 0 ? '' : `; ${someOf(asking)} ${asking.length === 1 ? 'asks' : 'ask'} to join`;
  const late = drifts.length === 0 ? '' : `, ${drifts.length} without its share`;
  const what = `${joined.length} joined${late}${asks}`;
  return drifts.length === 0 ? fine(what) : { what, drifts };
}
