import { isDeepStrictEqual } from 'node:util';
import type { Answer } from './api';

/** The server behaves differently from what the product relies on. */
export class Mismatch extends Error {}

/** The server has no such thing, and need not have it: the case is skipped. */
export class Absent extends Error {}

type Answering = Answer | Promise<Answer>;

/** Requires a status, and a part of the message where one is named. */
export async function expectStatus(given: Answering, status: number, message?: string): Promise<Answer> {
  const answer = await given;
  const got = read(answer.body, 'message');
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

export const expectOk = (answer: Answering) => expectStatus(answer, 200);

/** Requires one of several statuses: where generations or builds differ and the product takes each. */
export async function expectOneOf(given: Answering, statuses: number[]): Promise<void> {
  const { request, status } = await given;
  if (statuses.includes(status)) return;
  throw new Mismatch(`${request}: expected one of ${statuses.join(', ')}, got ${status}`);
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
  const inside = (at: unknown, name: string) =>
    typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined;
  return path.split('.').reduce(inside, body);
}

/** A field of an answer that must be 200. */
export const field = async (answer: Answering, path: string): Promise<unknown> =>
  read((await expectOk(answer)).body, path);

/** A text field that must be there. */
export async function text(given: Answering, path: string): Promise<string> {
  const value = await field(given, path);
  if (typeof value === 'string') return value;
  throw new Mismatch(`${(await given).request}: the answer has no text "${path}"`);
}

/** A list field that must be there. */
export async function list(given: Answering, path: string): Promise<Record<string, unknown>[]> {
  const value = await field(given, path);
  if (Array.isArray(value)) return value as Record<string, unknown>[];
  throw new Mismatch(`${(await given).request}: the answer has no list "${path}"`);
}
