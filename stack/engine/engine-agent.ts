import { inspect } from 'node:util';
import { Agent, type ClientRequest, type IncomingMessage } from 'node:http';

/**
 * Connections to the engine whose calls fail when an answer breaks off in the middle, as it does when the engine is
 * killed. The library (docker-modem 5) waits for the end of the body only, and so for ever.
 */
export class EngineAgent extends Agent {
  /** Node's own hook for each request of an agent; not in its types. */
  addRequest(request: ClientRequest, ...rest: unknown[]): void {
    request.once('response', (answer: IncomingMessage) => {
      answer.once('close', () => {
        if (!answer.complete) request.emit('error', brokenOff());
      });
    });
    addRequest.call(this, request, ...rest);
  }

  /** The library prints its options in full depth with each call, and all open connections hang on an agent: seconds. */
  [inspect.custom](): string {
    return EngineAgent.name;
  }
}

const { addRequest } = Agent.prototype as unknown as Pick<EngineAgent, 'addRequest'>;

const brokenOff = () =>
  Object.assign(new Error('its answer broke off in the middle'), { code: 'ECONNRESET' });
