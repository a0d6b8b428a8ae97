import { z } from 'zod';
import { present } from '../../../contracts/core/record';
import { bytes, converted, either, fields, flag, text } from './values';

/** What a container sees of a volume or of a folder of the host. */
export type Mount =
  | { kind: 'volume'; volume: string; target: string; readOnly: boolean }
  | { kind: 'bind'; source: string; target: string; readOnly: boolean; selinux?: string };

const NAMED = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const OPTIONS = /^(ro|rw|z|Z|cached|delegated|consistent)$/;

/** A volume's short form: `name:/target[:ro]` or `./source:/target[:ro]`. The source is as it is written. */
const short = converted(text, (value): Mount => {
  const [source = '', target = '', mode = 'rw', ...rest] = value.split(':');
  if (!target.startsWith('/') || rest.length > 0)
    throw new Error('write NAME:/path or ./source:/path, with :ro where read-only');
  const options = mode.split(',');
  if (!options.every((option) => OPTIONS.test(option))) throw new Error('its mode must be ro, rw, z or Z');
  const readOnly = options.includes('ro');
  if (NAMED.test(source)) return { kind: 'volume', volume: source, target, readOnly };
  const selinux = options.find((option) => /^z$/i.test(option));
  return bound(source, target, readOnly, selinux);
});

const bound = (source: string, target: string, readOnly: boolean, selinux?: string): Mount => ({
  kind: 'bind',
  source,
  target,
  readOnly,
  ...(selinux !== undefined && { selinux }),
});

const absolute = text.refine((path) => path.startsWith('/'), 'must begin with /');
const read_only = flag.default(false);

/** Memory in place of a volume, as an entry of `tmpfs`. */
export interface InMemory {
  kind: 'tmpfs';
  entry: string;
}

const long = z
  .discriminatedUnion(
    'type',
    [
      z.strictObject({ type: z.literal('volume'), source: text, target: absolute, read_only }),
      z.strictObject({
        type: z.literal('bind'),
        source: text,
        target: absolute,
        read_only,
        bind: fields({
          create_host_path: flag.optional(),
          selinux: z.enum(['z', 'Z']).optional(),
        }).optional(),
      }),
      z.strictObject({
        type: z.literal('tmpfs'),
        target: absolute,
        tmpfs: fields({ size: bytes.optional(), mode: text.optional() }).optional(),
      }),
    ],
    { error: 'type must be volume, bind or tmpfs' },
  )
  .transform((mount): Mount | InMemory => {
    switch (mount.type) {
      case 'volume':
        return { kind: 'volume', volume: mount.source, target: mount.target, readOnly: mount.read_only };
      case 'bind':
        return bound(mount.source, mount.target, mount.read_only, mount.bind?.selinux);
      case 'tmpfs': {
        const options = Object.entries(present(mount.tmpfs ?? {})).map(([name, value]) => `${name}=${value}`);
        return { kind: 'tmpfs', entry: [mount.target, options.join(',')].filter(Boolean).join(':') };
      }
    }
  });

/** What a service sees of volumes, of folders of the host and of memory, in either form of Compose. */
export const mounts = z
  .array(either(short, long, 'must be NAME:/path[:ro] or a map'), {
    error: 'must be a list such as NAME:/path[:ro]',
  })
  .transform((all) => ({
    mounts: all.filter((mount): mount is Mount => mount.kind !== 'tmpfs'),
    tmpfs: all.flatMap((mount) => (mount.kind === 'tmpfs' ? [mount.entry] : [])),
  }));
