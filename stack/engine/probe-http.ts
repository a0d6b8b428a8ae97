import type { Ready } from '../compose/stack';
import { connectionReason } from './connection-reason';
import type { ProbeResult } from './probe';

const ANSWER_MS = 5_000;

/** GET; any 2xx is ready. */
export async function probeHttp({ port, path }: Extract<Ready, { protocol: 'http' }>): Promise<ProbeResult> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    await response.arrayBuffer();
    return response.ok ? { state: 'ready' } : { state: 'waiting', reason: `HTTP ${response.status}` };
  } catch (error) {
    const { cause, message } = error as Error & { cause?: Error };
    return { state: 'waiting', reason: connectionReason(cause?.message ?? message) };
  }
}
