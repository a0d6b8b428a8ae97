import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './faults';

/** An answer of the server, whole. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Sends the server's answer on as the fault has it; as it is where there is none. */
export async function sendSpoiled(
  { status, headers, body }: Answer,
  fault: Fault | undefined,
  outgoing: ServerResponse,
): Promise<void> {
  if (fault?.kind === 'reset after commit') {
    outgoing.socket?.resetAndDestroy();
    return;
  }
  if (fault?.kind === 'slow headers') await pause(fault.milliseconds);
  // with a length, so that the client can miss something
  const { 'transfer-encoding': _, ...others } = headers;
  outgoing.writeHead(status, { ...others, 'content-length': String(body.length) }).flushHeaders();
  const half = body.subarray(0, body.length / 2);
  switch (fault?.kind) {
    case 'stalled body':
      outgoing.write(half);
      if (fault.cutAfterMilliseconds === undefined) return;
      await pause(fault.cutAfterMilliseconds);
      outgoing.socket?.destroy();
      return;
    case 'truncated':
      outgoing.write(half, () => outgoing.socket?.destroySoon());
      return;
    case 'dribbled body':
      for (let at = 0, { bytes = 1 } = fault; at < body.length; at += bytes) {
        if (outgoing.destroyed) return;
        outgoing.write(body.subarray(at, at + bytes));
        await pause(fault.everyMilliseconds);
      }
      outgoing.end();
      return;
    default:
      outgoing.end(body);
  }
}

const pause = (milliseconds: number) => sleep(milliseconds, undefined, { ref: false });
