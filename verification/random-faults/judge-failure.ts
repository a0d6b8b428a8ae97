import { FAILURE_TYPES, type Ended } from '../harness/product';

const LONGEST = 1_000;
/** A route of the server, an address, a file or a variable. */
const THING = /\/api\/|https?:\/\/|\/\w+\/|ONEX_|INFISICAL_/;
const REMEDY =
  /\b(?:[Rr]un|[Pp]lan|[Tt]ry) (?:up |it )?again\b|\b(?:Give|Set|Use|Choose|Delete|Exempt|Add|Name|Start) /;

/** What is not clean about a failure; nothing where its type is ours and its message names the thing and the remedy. */
export function judgeFailure({ type, message }: Extract<Ended, { ended: 'failed' }>): string[] {
  const wrong = (isWrong: boolean, what: string) => (isWrong ? [what] : []);
  return [
    ...wrong(!FAILURE_TYPES.includes(type), `its type is ${type}`),
    ...wrong(/\n\s+at |\[object |undefined/.test(message), 'its message has noise of the code in it'),
    ...wrong(message.length > LONGEST, `its message has ${message.length} characters`),
    ...wrong(!THING.test(message), 'its message names no thing'),
    ...wrong(!REMEDY.test(message), 'its message names no remedy'),
  ];
}
