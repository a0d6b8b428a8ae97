/** What somebody else said: a server, a container, a program, a library. */
export interface ForeignWords {
  /** Who, as a message names it: `redis`, `Infisical`, `the Docker Engine`. */
  of: string;
  text: string;
}

const heard = new WeakMap<object, ForeignWords[]>();

/**
 * Gives an error what somebody else said, for the file that only its owner reads. Its message stays ours: what happened
 * and what to do, never a quotation, since whoever answers may repeat a secret in any form.
 */
export function saying<E extends Error>(error: E, of: string, text: string | undefined): E {
  if (text !== undefined && text.trim() !== '') heard.set(error, [...(heard.get(error) ?? []), { of, text }]);
  return error;
}

/** Gives an error everything that others said to the errors behind it. */
export function passingOn<E extends Error>(error: E, ...others: unknown[]): E {
  const passed = others.flatMap(wordsOf);
  if (passed.length > 0) heard.set(error, [...(heard.get(error) ?? []), ...passed]);
  return error;
}

/** What others said to an error and its causes. */
export function wordsOf(error: unknown): ForeignWords[] {
  if (!(error instanceof Error)) return [];
  return [...(heard.get(error) ?? []), ...wordsOf(error.cause)];
}
