import type { NodeRequirements } from '../requirements/node-requirements';
import { secretFolder } from '../transports/secret-folder';

/** The folders whose recursive listings hold everything that `nodes` read from Infisical: each once, sorted. */
export function listingRoots(nodes: readonly NodeRequirements[], machineClass?: string): string[] {
  const reading = nodes.filter(({ requirements }) => requirements.length > 0);
  if (reading.length === 0) return [];
  const services = reading.flatMap(({ service }) => (service === undefined ? [] : [`/services/${service}`]));
  const ofClass = machineClass === undefined ? [] : [secretFolder.machineClass(machineClass)];
  return [...new Set(['/shared', ...services, ...ofClass])].sort();
}
