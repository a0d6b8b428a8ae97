import type { Caller } from './identify-caller';
import type { Target } from './request-target';

/** Why a request is not answered: the HTTP status, a word for the audit, and what to do. */
export interface Refusal {
  status: number;
  outcome: string;
  message: string;
}

const HOW_TO_GET = 'onex-bootstrap codec-server grant NAME --minutes N';

/** What is wrong with a request before its body is read; undefined for one that may go on. */
export function refusalOf(
  method: string | undefined,
  { route }: Target,
  caller: Caller,
): Refusal | undefined {
  switch (caller.kind) {
    case 'unknown':
      return refusal(
        401,
        'no token',
        'Send "Authorization: Bearer TOKEN", or put the token before the route: /TOKEN/decode. ' +
          `The codec server printed where its token is; ${HOW_TO_GET} makes one that may decode.`,
      );
    case 'expired':
      return refusal(403, 'expired', `The grant ${caller.name} ended at ${caller.expires}: ${HOW_TO_GET}`);
    case 'token':
    case 'grant':
      break;
    default:
      return caller satisfies never;
  }
  if (route !== 'encode' && route !== 'decode') {
    return refusal(404, 'no route', 'There are two routes: POST /encode and POST /decode.');
  }
  if (method !== 'POST') return refusal(405, 'no method', `/${route} takes POST.`);
  if (route === 'decode' && caller.kind === 'token') {
    return refusal(403, 'no grant', `This token may encode only. Decoding shows secrets: ${HOW_TO_GET}`);
  }
  return undefined;
}

const refusal = (status: number, outcome: string, message: string): Refusal => ({ status, outcome, message });
