import { join } from 'node:path';
import { refused } from '../../contracts/core/failures';
import type { Stack } from '../../stack/compose/stack';
import { writeFileAtomic } from '../files/atomic';
import { readSecretFile } from '../files/state-file';
import { filesIn } from './check-backup';
import type { Opening } from './seal';

const STATE = 'state/';
const STACK_SECRETS = 'stack-secrets/';
/** What makes an environment declared: it comes last. */
export const DECLARATION = 'state/declaration.json';

/** Writes the state of a checked backup into a folder, but for its declaration. */
export async function unpackState(path: string, opening: Opening, stateDir: string): Promise<void> {
  for await (const { name, content } of filesIn(path, opening)) {
    if (!name.startsWith(STATE) || name === DECLARATION) continue;
    const inner = name.slice(STATE.length);
    if (inner.split('/').some((part) => part === '' || part === '..'))
      throw refused('The backup holds a file with a path that leads elsewhere: it is none of ours.');
    await writeFileAtomic(join(stateDir, inner), content);
  }
}

/** Writes the passwords and keys of a stack to where its file says, unless something is there. */
export async function unpackStackSecrets(path: string, opening: Opening, stack: Stack): Promise<void> {
  for await (const { name, content } of filesIn(path, opening)) {
    const secret = name.startsWith(STACK_SECRETS)
      ? stack.secrets[name.slice(STACK_SECRETS.length)]
      : undefined;
    if (secret === undefined || (await readSecretFile(secret.file)) !== undefined) continue;
    await writeFileAtomic(secret.file, content, { mode: secret.mode });
  }
}

/** One file of a checked backup. */
export async function fileIn(path: string, opening: Opening, wanted: string): Promise<Buffer | undefined> {
  for await (const { name, content } of filesIn(path, opening)) if (name === wanted) return content;
  return undefined;
}
