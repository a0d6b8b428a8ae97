import { posix } from 'node:path';
import type { Mount } from './stack';

const NAMED = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** A volume's short form: `name:/target[:ro]` or `./source:/target[:ro]`, relative to `directory`; throws the reason. */
export function parseMount(text: string, { directory, home }: { directory: string; home: string }): Mount {
  const [source = '', target = '', mode = 'rw', ...rest] = text.split(':');
  if (!target.startsWith('/') || rest.length > 0) {
    throw new Error(
      `"${text}" is not supported: write NAME:/path or ./source:/path, with :ro where read-only`,
    );
  }
  if (mode !== 'ro' && mode !== 'rw') throw new Error(`mode "${mode}" is not supported: ro or rw`);
  const readOnly = mode === 'ro';
  if (NAMED.test(source)) return { kind: 'volume', volume: source, target, readOnly };
  const path = source.startsWith('~/') ? posix.join(home, source.slice(2)) : source;
  return { kind: 'bind', source: posix.resolve(directory, path), target, readOnly };
}
