import type { Declaration } from './declaration';

/** The Compose file, where there is one, and what gives it variables. */
export const stackFiles = (
  infrastructure: Declaration['infrastructure'],
): { file?: string | undefined; envFiles?: string[] | undefined } =>
  infrastructure.kind === 'external' ? {} : infrastructure;

/** Every file and folder that a declaration names for reading. */
export function inputFiles(declaration: Declaration): string[] {
  const { contracts, registry, overlay, values, infrastructure, infisicalCa } = declaration;
  const { file, envFiles = [] } = stackFiles(infrastructure);
  const stack = [file, ...envFiles];
  const named = [...contracts, registry, overlay, ...values.map(({ path }) => path), ...stack, infisicalCa];
  return named.filter((file) => file !== undefined);
}
