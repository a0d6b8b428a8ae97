import { AsyncLocalStorage } from 'node:async_hooks';
import { witnessSecrets, type Secret } from './secret';

const SHOWN = '[secret]';
// Shorter ones would hit words of the message itself.
const SHORTEST = 4;

const scope = new AsyncLocalStorage<Set<string>>();
witnessSecrets((value) => void scope.getStore()?.add(value));

/**
 * Runs `work` and knows every Secret made inside it, those of the scope around it, and those given, so that its errors
 * can be scrubbed by `scrub`.
 */
export function withSecretScope<T>(work: () => T, given: Secret[] = []): T {
  return scope.run(new Set([...(scope.getStore() ?? []), ...given.map((secret) => secret.reveal())]), work);
}

/** Runs `work` so that what it makes is not known to any scope: names and addresses that only travel as Secrets. */
export function outsideSecretScope<T>(work: () => T): T {
  return scope.exit(work);
}

/** Replaces every secret of the current scope that stands in `text`, as it is or as URLs, JSON and base64 write it. */
export function scrub(text: string): string {
  const forms = [...(scope.getStore() ?? [])].filter((value) => value.length >= SHORTEST).flatMap(formsOf);
  return forms.sort((a, b) => b.length - a.length).reduce((rest, form) => rest.replaceAll(form, SHOWN), text);
}

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const base64 = [bytes.toString('base64'), bytes.toString('base64url')];
  return [value, encodeURIComponent(bytes.toString()), JSON.stringify(value).slice(1, -1), ...base64];
}
