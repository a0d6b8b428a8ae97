const PLACEHOLDER = /\{\{\s*([A-Za-z0-9_.-]+)\s*(?:\|\s*([a-z0-9]+)\s*)?\}\}/g;

/** How a value is written where it stands: into a URL, into a shell's single quotes, into double quotes. */
const filters: Record<string, (value: string) => string> = {
  uri: (value) =>
    encodeURIComponent(value).replaceAll(
      /[!'()*]/g,
      (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
  shell: (value) => `'${value.replaceAll("'", `'\\''`)}'`,
  quote: (value) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`,
};

/** Names of the secrets that a template needs, and what is wrong with it. */
export function templateSecrets(template: string): { names: string[]; problems: string[] } {
  const found = [...template.matchAll(PLACEHOLDER)];
  const isUnknown = found.some(([, , filter]) => filter !== undefined && !Object.hasOwn(filters, filter));
  return {
    names: [...new Set(found.map(([, name]) => name!))],
    problems: [
      ...(isUnknown
        ? ['a filter is unknown: {{name|uri}}, {{name|shell}} and {{name|quote}} are there']
        : []),
      ...(/\{\{|\}\}/.test(template.replaceAll(PLACEHOLDER, ''))
        ? ['{{ or }} stands alone: write {{name}} or {{name|filter}}']
        : []),
    ],
  };
}

/** Fills `{{secret}}` and `{{secret|filter}}`. The result is as secret as its parts. */
export function renderTemplate(template: string, valueOf: (name: string) => string): string {
  return template.replaceAll(PLACEHOLDER, (_, name: string, filter?: string) => {
    const value = valueOf(name);
    return filter === undefined ? value : filters[filter]!(value);
  });
}
