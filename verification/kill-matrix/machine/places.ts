/** Where everything of a run lies within its machine; all of it is on file systems that end with the machine. */
export const places = {
  environment: 'kill',
  state: '/tmp/state',
  ofEnvironment: '/tmp/state/kill',
  nodes: '/run/nodes',
  harness: '/tmp/harness',
  dockerd: { pidFile: '/run/docker.pid', log: '/tmp/state/dockerd.log' },
  container: (service: string) => `onex-kill-${service}-1`,
} as const;
