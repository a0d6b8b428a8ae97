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

type Report = (message: string, at?: string[]) => void;

/**
 * Reads the overlay of `machineClass`. Scalars become texts as YAML 1.1 reads them (`yes` is "True", 5436 is "5436"),
 * null is no value. `path` names the file in messages. Never throws.
 */
export function parseOverlay(path: string, text: string, machineClass: string): ParsedOverlay {
  const yaml = readYaml(text);
  const problems = [...yaml.problems];
  const report: Report = (message, at = []) => problems.push({ message, line: yaml.lineOf(at) });
  const overrides = yaml.ok ? overridesOf(yaml.root, machineClass, report) : undefined;
  const values = overrides && texts(overrides, report);
  return {
    ...(values === undefined ? {} : { overlay: { machineClass, overrides: values } }),
    problems: ofFile(path, problems),
  };
}

/** The overlay's own entries; undefined, and a report, where it is none of this class. */
function overridesOf(content: unknown, machineClass: string, report: Report) {
  const root = mapping(content);
  if (root === undefined) {
    report(`an overlay must be a mapping, this is ${pythonType(content)}`);
    return undefined;
  }
  if (contradicts(root, machineClass, report)) return undefined;
  const overrides = mapping(root.get('overrides'));
  if (overrides === undefined) {
    report(`'overrides' must be a mapping, it is ${pythonType(root.get('overrides'))}`, ['overrides']);
  }
  return overrides;
}

function contradicts(root: ReadonlyMap<unknown, unknown>, machineClass: string, report: Report): boolean {
  const named = root.get('machine_class') ?? machineClass;
  const folder = secretFolder.machineClass(machineClass);
  const stated = root.get('infisical_path') ?? folder;
  if (named !== machineClass) {
    report(`machine_class is '${pythonString(named) ?? pythonType(named)}', asked for is '${machineClass}'`, [
      'machine_class',
    ]);
  }
  const sameFolder = typeof stated === 'string' && stated.replace(/\/$/, '') === folder;
  if (!sameFolder) report(`infisical_path is not ${folder}/`, ['infisical_path']);
  return named !== machineClass || !sameFolder;
}

function texts(overrides: ReadonlyMap<unknown, unknown>, report: Report): Map<string, Secret> {
  const values = new Map<string, Secret>();
  for (const [name, value] of overrides) {
    const key = pythonString(name);
    const text = value === null ? '' : pythonString(value);
    if (key === undefined) report(`a key of 'overrides' is a ${pythonType(name)}`, ['overrides']);
    else if (text === undefined) report(`${key} is a ${pythonType(value)}, not a scalar`, ['overrides', key]);
    else values.set(key, new Secret(text));
  }
  return values;
}
