import { scrub } from '../../contracts/core/secret-scope';
import type { Stack } from '../compose/stack';
import { readSecretFile } from '../../environment/files/state-file';

const SHOWN = '[secret]';

/** Replaces every secret of the stack that stands in `text`, also as part of a URL. */
export async function scrubStackSecrets(stack: Stack, text: string): Promise<string> {
  const own = Object.values(stack.secrets).filter(({ origin }) => origin.kind !== 'rendered');
  const values = await Promise.all(own.map(({ file }) => readSecretFile(file).catch(() => undefined)));
  const forms = values
    .flatMap((value) => (value === undefined || value.isBlank ? [] : [value.reveal()]))
    .flatMap((value) => [value, encodeURIComponent(value)])
    .filter((value) => value.length >= 4)
    .sort((a, b) => b.length - a.length);
  return scrub(forms.reduce((rest, value) => rest.replaceAll(value, SHOWN), text));
}
