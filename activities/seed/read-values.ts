import type { Secret } from '../../contracts/core/secret';
import type { EnvFile } from '../../contracts/settings/settings';
import { parseEnvValues } from '../../contracts/values';
import { readInputFile } from '../../environment/files/input-file';

export interface GivenValues {
  shared: Map<string, Secret>;
  services: Map<string, Map<string, Secret>>;
  /** Lines that could not be used, as `file:line: what`. */
  warnings: string[];
}

/** The values of all env files; a later file wins. A file that is not there is BadInput, never no values. */
export async function readValues(files: readonly EnvFile[]): Promise<GivenValues> {
  const given: GivenValues = { shared: new Map(), services: new Map(), warnings: [] };
  for (const { path, service } of files) {
    const { values, problems } = parseEnvValues(await readInputFile(path, 'env file'));
    const target = service === undefined ? given.shared : serviceValues(given.services, service);
    for (const [key, value] of values) if (!value.isBlank) target.set(key, value);
    for (const { message, line } of problems) {
      given.warnings.push(`${path}${line === undefined ? '' : `:${line}`}: ${message}`);
    }
  }
  return given;
}

function serviceValues(services: GivenValues['services'], service: string): Map<string, Secret> {
  const known = services.get(service) ?? new Map<string, Secret>();
  services.set(service, known);
  return known;
}
