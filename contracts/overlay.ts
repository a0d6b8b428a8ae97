import { Secret } from './core/secret';
import { ofFile, type Problem } from './core/text-file';
import { secretFolder } from './folders';
import { pythonString, pythonType } from './node-contract/python-values';
import { mapping, readYaml } from './node-contract/yaml';

/** Values for one class of machines: /machine-class/<machineClass>/KEY. */
export interface MachineClassOverlay {
  machineClass: string;
  overrides: ReadonlyMap<string, Secret>;
}

interface ParsedOverlay {
  /** Undefined where the file cannot be used at all. */
  overlay?: MachineClassOverlay;
  problems: Problem[];
}

/**
 * Reads the overlay of `machineClass`. Scalars become texts as YAML 1.1 reads them (`yes` is "True", 5436 is "5436"),
 * null is no value. `path` names the file in messages. Never throws.
 */
export function parseOverlay(path: string, text: string, machineClass: string): ParsedOverlay {
  const yaml = readYaml(text);
  const problems = [...yaml.problems];
  const report = (message: string, at: string[] = []) => problems.push({ message, line: yaml.lineOf(at) });
  const unusable = () => ({ problems: ofFile(path, problems) });
  if (!yaml.ok) return unusable();
  const root = mapping(yaml.root);
  if (root === undefined) {
    report(`an overlay must be a mapping, this is ${pythonType(yaml.root)}`);
    return unusable();
  }

  const folder = secretFolder.machineClass(machineClass);
  const named = root.get('machine_class') ?? machineClass;
  const stated = root.get('infisical_path') ?? folder;
  const overrides = mapping(root.get('overrides'));
  const sameFolder = stated === folder || stated === `${folder}/`;
  if (named !== machineClass) {
    const name = pythonString(named) ?? pythonType(named);
    report(`machine_class is '${name}', asked for is '${machineClass}'`, ['machine_class']);
  }
  if (!sameFolder) report(`infisical_path is not ${folder}/`, ['infisical_path']);
  if (overrides === undefined) {
    report(`'overrides' must be a mapping, it is ${pythonType(root.get('overrides'))}`, ['overrides']);
  }
  if (named !== machineClass || !sameFolder || overrides === undefined) return unusable();

  const values = new Map<string, Secret>();
  for (const [name, value] of overrides) {
    const key = pythonString(name);
    const scalar = value === null ? '' : pythonString(value);
    if (key === undefined) report(`a key of 'overrides' is a ${pythonType(name)}`, ['overrides']);
    else if (scalar === undefined)
      report(`${key} is a ${pythonType(value)}, not a scalar`, ['overrides', key]);
    else values.set(key, new Secret(scalar));
  }
  return { overlay: { machineClass, overrides: values }, problems: ofFile(path, problems) };
}
