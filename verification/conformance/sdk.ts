import { setTimeout as sleep } from 'node:timers/promises';
import { InfisicalSDK } from '@infisical/sdk';
import { expectEqual, Mismatch } from './expect';
import type { World } from './world';

const WINDOW_MS = 60_500;

/** A client of `@infisical/sdk` for the server under test, with a token where one is given. */
export function sdkOf(world: World, token?: string): InfisicalSDK {
  const sdk = new InfisicalSDK({ siteUrl: world.api.address });
  return token === undefined ? sdk : sdk.auth().accessToken(token);
}

/** What the SDK throws: the class by its name, for it exports none, and the message. */
interface Thrown {
  name: string;
  message: string;
}

/** One call of the SDK. It hides `retry-after`, so a 500 of a 2024 server may be its limiter: it gets one more minute. */
export async function patiently<Result>(world: World, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    const limited = world.generation === '2024' && thrown(error).message.includes('[StatusCode=500]');
    if (!limited) throw error;
    await sleep(WINDOW_MS);
    return call();
  }
}

/** Requires that a call of the SDK fails with exactly this text. */
export async function expectRequestError(
  world: World,
  call: () => Promise<unknown>,
  { method = 'GET', url, status, text }: { method?: string; url: string; status: number; text: string },
): Promise<void> {
  const { name, message } = await failure(world, call);
  expectEqual(name, 'InfisicalSDKRequestError', 'the class of the error');
  const head = `[URL=${url}] [Method=${method}] [StatusCode=${status}] `;
  if (!message.startsWith(head)) throw new Mismatch(`the SDK's message does not start with "${head}"`);
  expectEqual(message.slice(head.length), text, `the text of a ${status} behind "${head}"`);
}

/** Requires that a call of the SDK fails with the status alone: it drops a message that is a list. */
export async function expectBareError(
  world: World,
  call: () => Promise<unknown>,
  status: number,
): Promise<void> {
  const expected = { name: 'InfisicalSDKError', message: `Request failed with status ${status}` };
  expectEqual(await failure(world, call), expected, `the error of a ${status}`);
}

async function failure(world: World, call: () => Promise<unknown>): Promise<Thrown> {
  const result = await patiently(world, call).then(
    () => undefined,
    (error: unknown) => thrown(error),
  );
  if (result === undefined) throw new Mismatch('the SDK does not throw');
  return result;
}

function thrown(error: unknown): Thrown {
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: typeof error, message: '' };
}
