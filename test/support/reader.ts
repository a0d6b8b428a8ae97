import { parse } from 'dotenv';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { handlerFromEnvironment } from '../../reads/handler-from-environment';
import type { HandlerInfisical } from '../../reads/handler-infisical';

const EVERY_MS = 20; // 50 reads a second, where nothing else is said

/** What a reader that read all the while has seen. */
export interface Seen {
  reads: number;
  failed: unknown[];
  /** Each value that it read, in order, without repeats. */
  values: string[];
  longestMs: number;
}

/**
 * Reads one secret again and again with the identity of an env file, which it looks at before each read. Ends when the
 * function that it gives is called.
 */
export function startReader(
  envFile: string,
  name: string,
  variables: Record<string, string> = {},
  everyMs = EVERY_MS,
): () => Promise<Seen> {
  const seen: Seen = { reads: 0, failed: [], values: [], longestMs: 0 };
  let known: { text: string; handler: HandlerInfisical } | undefined;
  const handler = () => {
    const text = readFileSync(envFile, 'utf8');
    if (known?.text !== text)
      known = {
        text,
        handler: handlerFromEnvironment(
          { ONEX_AUDIT_FILE: '/dev/null', ...parse(text), ...variables },
          { onProblem: () => undefined },
        ),
      };
    return known.handler;
  };
  const read = async () => {
    const began = performance.now();
    const { value } = await handler().getSecret({ secret_name: name });
    const plain = value.reveal();
    if (seen.values.at(-1) !== plain) seen.values.push(plain);
    seen.reads += 1;
    seen.longestMs = Math.max(seen.longestMs, performance.now() - began);
  };
  const open = new Set<Promise<unknown>>();
  let isOver = false;
  const loop = (async () => {
    while (!isOver) {
      const one = read().catch((error: unknown) => seen.failed.push(error));
      open.add(one);
      void one.then(() => open.delete(one));
      await sleep(everyMs);
    }
    await Promise.all(open);
  })();
  return async () => {
    isOver = true;
    await loop;
    return seen;
  };
}
