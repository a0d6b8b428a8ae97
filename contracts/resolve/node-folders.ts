import { readingFolders, secretFolder, type Layers } from '../folders';
import type { NodeRequirements } from '../requirements';

/** The folders whose recursive listings hold everything that `nodes` read from Infisical: each once, sorted. */
export function listingRoots(nodes: readonly NodeRequirements[], machineClass?: string): string[] {
  const reading = nodes.filter(({ requirements }) => requirements.length > 0);
  if (reading.length === 0) return [];
  const services = reading.flatMap(({ service }) =>
    service === undefined ? [] : [secretFolder.serviceRoot(service)],
  );
  const ofClass = machineClass === undefined ? [] : [secretFolder.machineClass(machineClass)];
  return [...new Set(['/shared', ...services, ...ofClass])].sort();
}

/** Every folder that one of the nodes looks into, each once, sorted. */
export function nodeFolders(nodes: readonly NodeRequirements[], layers: Layers): string[] {
  const foldersOf = readingFolders(layers);
  const read = new Set<string>();
  for (const { service, requirements } of nodes) {
    for (const requirement of requirements) {
      for (const folder of foldersOf(requirement, service)) read.add(folder);
    }
  }
  return [...read].sort();
}
