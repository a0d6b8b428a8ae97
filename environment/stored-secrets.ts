import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { secretValues } from '../stack/compose/secret-values';

/** The secrets in an environment's state directory: credentials, passwords of the stack, variables that it was declared with. */
export async function storedSecrets(stateDir: string): Promise<string[]> {
  const named = (await filesOf(stateDir)).filter(
    (path) => path.endsWith('.json') && !path.endsWith('declaration.json'),
  );
  const kept = await filesOf(join(stateDir, 'secrets'));
  const texts = await Promise.all([...named, ...kept].map((path) => readFile(path, 'utf8').catch(() => '')));
  return texts.flatMap((text) => {
    const fields = fieldsOf(text);
    return fields === undefined ? [text.trim()] : secretValues(fields);
  });
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name));
}

/** Texts of a JSON file by the names of their fields; undefined for another file. */
function fieldsOf(text: string): [string, string][] | undefined {
  const fields: [string, string][] = [];
  const collect = (name: string, value: unknown) => {
    if (typeof value === 'string') fields.push([name, value]);
    return value;
  };
  try {
    JSON.parse(text, collect);
  } catch {
    return undefined;
  }
  return fields;
}
