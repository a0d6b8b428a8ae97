import { isFolderName } from '../transports/is-folder-name';
import type { ContractFile } from './contract-file';
import { contractRequirements } from './contract-requirements';
import { mapping } from './mapping';
import { declaredNode, nodeOfPath } from './node-identity';
import type { Problem } from './problem';
import { pythonType } from './python-type';
import { readYaml, type YamlText } from './read-yaml';

/** Reads one contract's text. Whatever is wrong with it stands in `problems`; never throws. `path` names it in messages. */
export function parseContract(path: string, text: string): ContractFile {
  const yaml = readYaml(text);
  const nothing = { path, transports: [], requirements: [] };
  if (!yaml.ok) return { ...nothing, problems: yaml.problems.map((problem) => failed(path, problem)) };
  if (yaml.root === undefined) return { ...nothing, problems: [] };
  const contract = mapping(yaml.root);
  if (contract === undefined) {
    const message = `Contract ${path} has a non-mapping YAML root (got ${pythonType(yaml.root)})`;
    return { ...nothing, problems: [{ message, line: 1 }] };
  }
  return contractFile(path, contract, yaml);
}

const failed = (path: string, { message, ...where }: Problem): Problem => ({
  message: `Failed to parse ${path}: ${message}`,
  ...where,
});

function contractFile(path: string, contract: ReadonlyMap<unknown, unknown>, yaml: YamlText): ContractFile {
  const found = contractRequirements(contract, path);
  const problems = yaml.problems.map(({ message, ...where }) => ({
    message: `${message} (${path})`,
    ...where,
  }));
  for (const { message, at } of found.problems) {
    const line = yaml.lineOf(at);
    problems.push(line === undefined ? { message } : { message, line });
  }
  const service = serviceOf(contract, path, problems);
  const node = declaredNode(contract) ?? substitute(path, found.requirements.length > 0, problems);
  return {
    path,
    ...(node === undefined ? {} : { node }),
    ...(service === undefined ? {} : { service }),
    transports: found.transports,
    requirements: found.requirements.map((requirement) => ({
      ...requirement,
      node: node ?? nodeOfPath(path),
      ...(service === undefined ? {} : { service }),
      path,
    })),
    problems,
  };
}

function substitute(path: string, needed: boolean, problems: Problem[]): string | undefined {
  if (!needed) return undefined;
  const node = nodeOfPath(path);
  problems.push({
    message: `Contract ${path} names no node (node_name, name, contract_name or handler_id): taken as '${node}'`,
  });
  return node;
}

function serviceOf(contract: ReadonlyMap<unknown, unknown>, path: string, problems: Problem[]) {
  const service = [contract.get('service'), mapping(contract.get('metadata'))?.get('service')].find(
    (value): value is string => typeof value === 'string' && value.trim() !== '',
  );
  if (service === undefined || isFolderName(service.trim())) return service?.trim();
  const message = `Service '${service}' in ${path} cannot name a folder: only letters, digits, "-" and "_" are allowed`;
  problems.push({ message });
  return undefined;
}
