import { AsyncLocalStorage } from 'node:async_hooks';

/** What came back over the wire for the one request of an SDK call. */
export type SdkExchange =
  | { kind: 'nothing sent' }
  | { kind: 'failed'; error: unknown }
  | { kind: 'answered'; status: number; text: string; contentType: string | null; headers: Headers };

// Not 429 and no exception: the SDK throws at once instead of sending the request four times more.
const NOT_TO_BE_RETRIED = 599;

type Fetch = typeof globalThis.fetch;
interface Call {
  signal: AbortSignal;
  exchange: SdkExchange;
}
const calls = new AsyncLocalStorage<Call>();
let ours: Fetch | undefined;

/**
 * Runs one call of @infisical/sdk with a deadline, and tells what the server answered. The SDK takes no signal, hides
 * headers, and repeats every request that fails or is rate limited, 15 s long; but it calls the global `fetch`. Inside
 * `work` that is this one: it obeys `signal`, reads the whole body, and sends nothing twice. Elsewhere it changes nothing.
 */
export async function withSdkFetch<T>(
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<{ exchange: SdkExchange; outcome: { value: T } | { error: unknown } }> {
  install();
  const call: Call = { signal, exchange: { kind: 'nothing sent' } };
  try {
    return { outcome: { value: await calls.run(call, work) }, exchange: call.exchange };
  } catch (error) {
    return { outcome: { error }, exchange: call.exchange };
  } finally {
    // a connection keeps the context that opened it: for as long as it lives, a first answer's values would too
    call.exchange = { kind: 'nothing sent' };
  }
}

function install(): void {
  const original = globalThis.fetch;
  if (original === ours) return;
  ours = (input, init) => {
    const call = calls.getStore();
    return call === undefined ? original(input, init) : fetchOnce(original, call, input, init);
  };
  globalThis.fetch = ours;
}

async function fetchOnce(
  original: Fetch,
  call: Call,
  ...[input, init]: Parameters<Fetch>
): Promise<Response> {
  try {
    const answer = await original(input, { ...init, redirect: 'manual', signal: call.signal });
    const { status, headers } = answer;
    const text = await answer.text();
    call.exchange = { kind: 'answered', status, text, contentType: headers.get('content-type'), headers };
    return new Response(text, { status: answer.ok ? 200 : NOT_TO_BE_RETRIED });
  } catch (error) {
    call.exchange = { kind: 'failed', error };
    return new Response('', { status: NOT_TO_BE_RETRIED });
  }
}
