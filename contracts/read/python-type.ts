/** The name Python gives to a YAML value's type, for messages. */
export function pythonType(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return 'str';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float';
    default:
      if (value === null || value === undefined) return 'NoneType';
      return Array.isArray(value) ? 'list' : 'dict';
  }
}
