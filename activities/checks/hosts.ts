import type { Environment } from '../../environment/environment';
import { hostNames, readHosts } from '../../environment/hosts/records';
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
  const records = await readHosts(stateDir);
  const accepted = records.filter((record) => record.accepted !== undefined && record.removed !== true);
  const asking = records.filter(({ asks }) => asks !== undefined).map(({ name }) => name);
  const drifts = accepted.flatMap(({ name, last }): Unlike[] => {
    if (last === undefined || last.outcome === 'served' || last.outcome === 'left') return [];
    const is = `its share of the last run ${ENDED[last.outcome]}`;
    const mend = `onex-bootstrap hosts serve ${name} -e ${environment}`;
    return [{ kind: 'condition', name: `host ${name}`, is, heals: false, mend }];
  });
  const asks =
    asking.length === 0
      ? ''
      : `; ${asking.slice(0, 3).join(', ')}${asking.length > 3 ? ' …' : ''} asks to join`;
  const late = drifts.length === 0 ? '' : `, ${drifts.length} without its share`;
  const what = `${accepted.length} joined${late}${asks}`;
  return drifts.length === 0 ? fine(what) : { what, drifts };
}
