import { AsyncLocalStorage } from 'node:async_hooks';
import { witnessSecrets, type Secret } from './secret';
import { SecretForms } from './secret-forms';

/** The values that a piece of work had in its hands, and how to find them in a text. */
interface Scope {
  values: Set<string>;
  /** What messages name: whatever is called so is no secret. */
  names: Set<string>;
  forms?: SecretForms;
}

const scope = new AsyncLocalStorage<Scope>();
witnessSecrets(know);

/**
 * Runs `work` and knows every Secret that is made or revealed inside it, those of the scope around it, and those given,
 * so that its errors can be scrubbed by `scrub`.
 */
export function withSecretScope<T>(work: () => T, given: Secret[] = []): T {
  const values = new Set([...(scope.getStore()?.values ?? []), ...given.map((secret) => secret.reveal())]);
  return scope.run({ values, names: new Set(scope.getStore()?.names) }, work);
}

/** Has the scope know values that are no Secrets: those that a container is given. */
export const knowSecrets = (values: Iterable<string>): void => void [...values].forEach(know);

/** Has the scope show these names, though some value is the same word: without them no message could be followed. */
export function knowNames(names: Iterable<string>): void {
  const current = scope.getStore();
  if (current === undefined) return;
  for (const name of names) current.names.add(name);
  delete current.forms;
}

function know(value: string): void {
  const current = scope.getStore();
  if (current === undefined || current.values.has(value)) return;
  current.values.add(value);
  delete current.forms;
}

/** Replaces every secret of the current scope that stands in `text`, in each form that `SecretForms` knows. */
export function scrub(text: string): string {
  const current = scope.getStore();
  if (current === undefined) return text;
  const { values, names } = current;
  current.forms ??= new SecretForms([...values].filter((value) => !names.has(value)));
  return current.forms.hiddenIn(text);
}
