import { mapTexts, variablesOf } from './interpolate';
import { readYaml } from './read-yaml';

/** Paths of the env_files of a stack file's services, as they are written. */
export function envFilesOf(source: string): string[] {
  const { services } = fields(readYaml(source, undefined).value);
  const given = Object.values(fields(services)).flatMap((service) => fields(service)['env_file'] ?? []);
  return given.flatMap((entry) =>
    typeof entry === 'string' ? entry : (fields(entry)['path'] ?? []),
  ) as string[];
}

/**
 * The variables that a stack file may ask for, sorted, without any value: those of `${…}` in every branch, those that a
 * secret is taken `from`, those that a service passes on by name alone, and HOME where a mount begins with `~`.
 */
export function stackVariables(source: string, file?: string): string[] {
  const { value } = readYaml(source, file);
  const found = new Set<string>();
  const add = (names: unknown[]) => names.forEach((name) => typeof name === 'string' && found.add(name));
  mapTexts(value, (text) => {
    add(variablesOf(text));
    return text;
  });
  const { name, services, secrets } = fields(value);
  if (name === undefined || name === null) add(['COMPOSE_PROJECT_NAME']);
  for (const service of Object.values(fields(services))) {
    const { environment, volumes } = fields(service);
    if (Array.isArray(environment)) add(environment.filter((item) => !String(item).includes('=')));
    else add(Object.keys(fields(environment)).filter((key) => fields(environment)[key] === null));
    if (Object.values(fields(volumes)).some((mount) => String(mount).startsWith('~/'))) add(['HOME']);
  }
  for (const secret of Object.values(fields(secrets))) add([fields(fields(secret)['x-onex'])['from']]);
  return [...found].filter((name) => /^\w+$/.test(name)).sort();
}

const fields = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
