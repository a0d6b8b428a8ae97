import { z } from 'zod';
import type { Mount } from '../stack';
import { bytes, converted, either, fields, flag, text } from './values';

const NAMED = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const OPTIONS = /^(ro|rw|z|Z|cached|delegated|consistent)$/;

/** A volume's short form: `name:/target[:ro]` or `./source:/target[:ro]`. The source is as it is written. */
const short = converted(text, (value): Mount => {
  const [source = '', target = '', mode = 'rw', ...rest] = value.split(':');
  if (!target.startsWith('/') || rest.length > 0)
    throw new Error('write NAME:/path or ./source:/path, with :ro where read-only');
  const options = mode.split(',');
  if (!options.every((option) => OPTIONS.test(option))) throw new Error('its mode must be ro, rw, z or Z');
  return mountOf(
    source,
    target,
    options.includes('ro'),
    options.find((option) => /^z$/i.test(option)),
  );
});

function mountOf(source: string, target: string, readOnly: boolean, selinux?: string): Mount {
  if (NAMED.test(source)) return { kind: 'volume', volume: source, target, readOnly };
  return { kind: 'bind', source, target, readOnly, ...(selinux !== undefined && { selinux }) };
}

const target = text.refine((path) => path.startsWith('/'), 'must begin with /');
const readOnly = flag.default(false);

/** Memory in place of a volume, as an entry of `tmpfs`. */
export interface InMemory {
  kind: 'tmpfs';
  entry: string;
}

const long = z
  .discriminatedUnion(
    'type',
    [
      z.strictObject({ type: z.literal('volume'), source: text, target, read_only: readOnly }),
      z.strictObject({
        type: z.literal('bind'),
        source: text,
        target,
        read_only: readOnly,
        bind: fields({
          create_host_path: flag.optional(),
          selinux: z.enum(['z', 'Z']).optional(),
        }).optional(),
      }),
      z.strictObject({
        type: z.literal('tmpfs'),
        target,
        tmpfs: fields({ size: bytes.optional(), mode: text.optional() }).optional(),
      }),
    ],
    { error: 'type must be volume, bind or tmpfs' },
  )
  .transform((mount): Mount | InMemory => {
    switch (mount.type) {
      case 'volume':
        return { kind: 'volume', volume: mount.source, target: mount.target, readOnly: mount.read_only };
      case 'bind': {
        const { source, target: path, read_only, bind } = mount;
        return {
          kind: 'bind',
          source,
          target: path,
          readOnly: read_only,
          ...(bind?.selinux !== undefined && { selinux: bind.selinux }),
        };
      }
      case 'tmpfs': {
        const { size, mode } = mount.tmpfs ?? {};
        const options = [size === undefined ? '' : `size=${size}`, mode === undefined ? '' : `mode=${mode}`];
        return {
          kind: 'tmpfs',
          entry: [mount.target, options.filter(Boolean).join(',')].filter(Boolean).join(':'),
        };
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
