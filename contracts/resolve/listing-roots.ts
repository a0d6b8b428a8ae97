import type { NodeRequirements } from '../requirements/node-requirements';
import { secretFolder } from '../transports/secret-folder';

/** The folders whose recursive listings hold everything that `nodes` read from Infisical: each once, sorted. */
export function listingRoots(nodes: readonly NodeRequirements[], machineClass?: string): string[] {
  const services = nodes.flatMap(({ service }) => (service === undefined ? [] : [`/services/${service}`]));
  const ofClass = machineClass === undefined ? [] : [secretFolder.machineClass(machineClass)];
  return nodes.length === 0 ? [] : [...new Set(['/shared', ...services, ...ofClass])].sort();
}
