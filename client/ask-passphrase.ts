import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { badInput } from '../contracts/core/failures';
import { Secret } from '../contracts/core/secret';

/** Asks for a passphrase, a new one twice, and shows nothing of it. Undefined where nobody sits at a terminal. */
export async function askPassphrase({ again }: { again: boolean }): Promise<Secret | undefined> {
  if (process.stdin.isTTY !== true) return undefined;
  const first = await ask('Passphrase of the backups: ');
  if (first.isBlank) throw badInput('A backup holds every secret: its passphrase cannot be empty.');
  if (again && !first.equals(await ask('Once more: ')))
    throw badInput('The two passphrases differ: nothing was declared.');
  return first;
}

function ask(question: string): Promise<Secret> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(question);
  return new Promise((resolve, reject) => {
    lines.once('SIGINT', () => reject(badInput('No passphrase was given.')));
    lines.question('', (answer) => {
      process.stderr.write('\n');
      resolve(new Secret(answer));
      lines.close();
    });
  });
}
