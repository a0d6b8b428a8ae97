/** The value as a mapping, or undefined when it is something else. */
export function mapping(value: unknown): ReadonlyMap<unknown, unknown> | undefined {
  return value instanceof Map ? (value as ReadonlyMap<unknown, unknown>) : undefined;
}
