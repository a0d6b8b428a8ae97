import { resolveTransport } from '../transports/resolve-transport';
import { transportConfigMap } from '../transports/transport-config-map';
import type { TransportName } from '../transports/transport-name';
import { mapping } from './mapping';
import type { Requirement } from './contract-file';
import { pythonString } from './python-string';
import { pythonType } from './python-type';

type Found = Pick<Requirement, 'key' | 'transport' | 'field' | 'required'>;

interface ContractRequirements {
  transports: TransportName[];
  requirements: Found[];
  /** `at` is the path of the value that is at fault. */
  problems: { message: string; at: (string | number)[] }[];
}

/**
 * What a contract asks for: metadata.transport_type, then handler_routing.handlers[i].handler_type, then its
 * dependencies of type environment. A transport named twice gives its keys twice. `file` only goes into messages.
 */
export function contractRequirements(
  contract: ReadonlyMap<unknown, unknown>,
  file: string,
): ContractRequirements {
  const result: ContractRequirements = { transports: [], requirements: [], problems: [] };

  const metadataType = mapping(contract.get('metadata'))?.get('transport_type');
  addTransport(result, metadataType, ['metadata', 'transport_type'], file, 'metadata.transport_type');

  list(mapping(contract.get('handler_routing'))?.get('handlers')).forEach((handler, index) => {
    const at = ['handler_routing', 'handlers', index, 'handler_type'];
    addTransport(
      result,
      mapping(handler)?.get('handler_type'),
      at,
      file,
      `handler_routing.handlers[${index}]`,
    );
  });

  list(contract.get('dependencies')).forEach((dependency, index) => {
    addEnvironmentKey(result, mapping(dependency), index, file);
  });
  return result;
}

function addTransport(
  result: ContractRequirements,
  value: unknown,
  at: (string | number)[],
  file: string,
  place: string,
): void {
  if (isFalsy(value)) return;
  const name = String(at.at(-1));
  const raw = pythonString(value);
  const transport = raw === undefined ? undefined : resolveTransport(raw);
  if (transport === undefined) {
    const what =
      raw === undefined ? `${name} is a ${pythonType(value)}, not a text,` : `Unknown ${name} '${raw}'`;
    result.problems.push({ message: `${what} in ${file}::${place}`, at });
    return;
  }
  if (!result.transports.includes(transport)) result.transports.push(transport);
  const field = place.endsWith(name) ? place : `${place}.${name}`;
  for (const key of transportConfigMap[transport].keys) {
    result.requirements.push({ key, transport, field, required: true });
  }
}

function addEnvironmentKey(
  result: ContractRequirements,
  dependency: ReadonlyMap<unknown, unknown> | undefined,
  index: number,
  file: string,
): void {
  const name = dependency?.get('env_var');
  if (dependency?.get('type') !== 'environment' || isFalsy(name)) return;
  const field = `dependencies[${index}]`;
  const key = pythonString(name);
  if (key === undefined) {
    const message = `env_var is a ${pythonType(name)}, not a text, in ${file}::${field}`;
    result.problems.push({ message, at: ['dependencies', index, 'env_var'] });
    return;
  }
  const required = dependency.has('required') ? !isFalsy(dependency.get('required')) : true;
  result.requirements.push({ key, transport: 'runtime', field, required });
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** Python's truth: the text "false" is true, an empty list is false. */
function isFalsy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value instanceof Map || value instanceof Set ? value.size === 0 : !value && !Number.isNaN(value);
}
