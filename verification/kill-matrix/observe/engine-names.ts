import { execFileSync } from 'node:child_process';

/** Containers with their state, networks and volumes: all that the machine's engine has. */
export function engineNames(): string[] {
  const volumes = list('volume', 'ls', '--format', '{{.Name}}');
  return [
    ...list('ps', '-a', '--format', '{{.Names}} {{.State}}').map((line) => `container ${line}`),
    ...list('network', 'ls', '--format', '{{.Name}}').map((line) => `network ${line}`),
    ...volumes.map((name) => `volume ${/^[0-9a-f]{64}$/.test(name) ? 'without a name' : name}`),
  ];
}

function list(...args: string[]): string[] {
  const text = execFileSync('docker', args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  return text.split('\n').filter(Boolean);
}
