import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Collects what nothing holds any more, so that memory can be measured and one step does not pay for another's. */
export const collectGarbage = runInNewContext('gc');
