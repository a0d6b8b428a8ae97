import type { Stack } from '../compose/stack';

/** The names that Compose would choose. */
export const containerName = (stack: Stack, service: string) => `${stack.name}-${service}-1`;
export const networkName = (stack: Stack) => `${stack.name}_default`;
