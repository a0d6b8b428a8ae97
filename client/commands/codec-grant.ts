import { badInput } from '../../contracts/core/failures';
import { addGrant } from '../codec-server/grants';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { codecServerDir } from './codec-server';

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;
const TAKEN = ['token', 'unknown']; // the audit's words for those without a grant
const MAX_MINUTES = 24 * 60;

/** Gives somebody the right to decode for some minutes. The token is printed this once and kept as a digest. */
export async function codecGrant(
  name: string,
  { minutes: given }: { minutes: string },
  { config, terminal, json }: CommandContext,
): Promise<ExitCode> {
  if (!NAME.test(name) || TAKEN.includes(name)) {
    throw badInput(
      `A grant cannot be named ${name}: letters, digits, dots and hyphens, for example the name of who decodes.`,
    );
  }
  const minutes = Number(given);
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > MAX_MINUTES) {
    throw badInput(`--minutes ${given}: a grant lasts from 1 to ${MAX_MINUTES} minutes.`);
  }
  const { token, expires } = await addGrant(codecServerDir(config), name, minutes);
  if (json) terminal.line(JSON.stringify({ name, expires, token: token.reveal() }, null, 2));
  else terminal.line(token.reveal());
  terminal.progress(`${name} may decode until ${expires}. This token is not shown again.`);
  terminal.progress(
    '  CLI  TEMPORAL_CODEC_AUTH="Bearer TOKEN" temporal … --codec-endpoint http://127.0.0.1:8234',
  );
  terminal.progress('  UI   codec server endpoint http://127.0.0.1:8234/TOKEN');
  return ExitCode.ok;
}
