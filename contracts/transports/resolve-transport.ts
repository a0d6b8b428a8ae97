import { transportConfigMap } from './transport-config-map';
import type { TransportName } from './transport-name';

const names = Object.keys(transportConfigMap) as TransportName[];
const byName = new Map<string, TransportName>([
  ...names.flatMap((name) => transportConfigMap[name].aliases.map((alias) => [alias, name] as const)),
  ...names.map((name) => [name, name] as const),
]);

/** The transport that a contract means by `raw` (canonical name or alias, any case, edge spaces allowed). */
export function resolveTransport(raw: string): TransportName | undefined {
  return byName.get(raw.trim().toLowerCase());
}
