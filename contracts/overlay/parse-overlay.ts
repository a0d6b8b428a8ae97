import { Secret } from '../core/secret';
import { mapping } from '../read/mapping';
import type { Problem } from '../read/problem';
import { pythonString } from '../read/python-string';
import { pythonType } from '../read/python-type';
import { readYaml } from '../read/read-yaml';
import { secretFolder } from '../transports/secret-folder';
import type { MachineClassOverlay } from './machine-class-overlay';

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
  const problems = yaml.problems.map(({ message, ...where }) => ({
    message: `${path}: ${message}`,
    ...where,
  }));
  if (!yaml.ok) return { problems };
  const report = (message: string, at: string[] = []) => {
    const line = yaml.lineOf(at);
    problems.push({ message: `${path}: ${message}`, ...(line === undefined ? {} : { line }) });
  };

  const root = mapping(yaml.root);
  if (root === undefined) {
    report(`an overlay must be a mapping, this is ${pythonType(yaml.root)}`);
    return { problems };
  }
  if (contradicts(root, machineClass, report)) return { problems };
  const overrides = mapping(root.get('overrides'));
  if (overrides === undefined) {
    report(`'overrides' must be a mapping, it is ${pythonType(root.get('overrides'))}`, ['overrides']);
    return { problems };
  }
  return { overlay: { machineClass, overrides: texts(overrides, report) }, problems };
}

type Report = (message: string, at?: string[]) => void;

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
