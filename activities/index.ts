import { approvalActivities } from './approval';
import { backupActivities } from './backup';
import { drillActivities } from './drill';
import type { Host } from '../environment/host';
import { hostsActivities } from './hosts';
import { identityActivities } from './identity';
import { infrastructureActivities } from './infrastructure';
import { joinedActivities } from './joined';
import { pruneActivities } from './prune';
import { prefetchActivities } from './prefetch';
import { notifyActivities } from './notify';
import { preflightActivities } from './preflight';
import { reportActivities } from './report';
import { rotationActivities } from './rotate';
import { runtimeActivities } from './runtime';
import { seedActivities } from './seed';
import { upgradeActivities } from './upgrade';
import { watchActivities } from './watch';

/** What Temporal may ask of a host for one of its environments. The first argument of each is the run that asks. */
export const environmentActivities = (host: Host) => ({
  ...preflightActivities(host),
  ...approvalActivities(host),
  ...backupActivities(host),
  ...drillActivities(host),
  ...infrastructureActivities(host),
  ...identityActivities(host),
  ...seedActivities(host),
  ...prefetchActivities(host),
  ...pruneActivities(host),
  ...runtimeActivities(host),
  ...rotationActivities(host),
  ...upgradeActivities(host),
  ...reportActivities(host),
  ...watchActivities(host),
  ...notifyActivities(host),
  ...hostsActivities(host),
  ...joinedActivities(host),
});

export type EnvironmentActivities = ReturnType<typeof environmentActivities>;
