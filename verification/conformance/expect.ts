import { isDeepStrictEqual } from 'node:util';
import type { Answer } from './api';

/** The server behaves differently from what the product relies on. */
export class Mismatch extends Error {}

/** The server has no such thing, and need not have it: the case is skipped. */
export class Absent extends Error {}

/** Requires a status, and a part of the message where one is named. */
export function expectStatus(answer: Answer, status: number, message?: string): Answer {
  const got = typeof answer.body === 'object' ? read(answer.body, 'message') : undefined;
  const said =
    typeof got === 'string' ? got : Array.isArray(got) ? 'a list of validation issues' : 'no message';
  if (answer.status !== status) {
    throw new Mismatch(`${answer.request}: expected ${status}, got ${answer.status} (${said})`);
  }
  if (message !== undefined && !said.includes(message)) {
    throw new Mismatch(`${answer.request}: expected the message to say "${message}", got "${said}"`);
  }
  return answer;
}

export const expectOk = (answer: Answer) => expectStatus(answer, 200);

/** Requires one of several statuses: where generations or builds differ and the product takes each. */
export function expectOneOf(answer: Answer, statuses: number[]): Answer {
  if (statuses.includes(answer.status)) return answer;
  throw new Mismatch(`${answer.request}: expected one of ${statuses.join(', ')}, got ${answer.status}`);
}

/** Requires equality; `what` names the thing, values are not shown. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(actual, expected)) throw new Mismatch(`${what} differs from what is expected`);
}

export function expectTrue(condition: boolean, what: string): void {
  if (!condition) throw new Mismatch(what);
}

/** The field at a dotted path, undefined when it is not there. */
export function read(body: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (at, name) =>
        typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined,
      body,
    );
}

/** A text field that must be there. */
export function text(answer: Answer, path: string): string {
  const value = read(expectOk(answer).body, path);
  if (typeof value !== 'string') throw new Mismatch(`${answer.request}: the answer has no text "${path}"`);
  return value;
}

/** A list field that must be there. */
export function list(answer: Answer, path: string): Record<string, unknown>[] {
  const value = read(expectOk(answer).body, path);
  if (!Array.isArray(value)) throw new Mismatch(`${answer.request}: the answer has no list "${path}"`);
  return value as Record<string, unknown>[];
}
