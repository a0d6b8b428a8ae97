import { createHmac } from 'node:crypto';
import stringify from 'safe-stable-stringify';
import { z } from 'zod';
import { refused } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';

export const MANIFEST = 'manifest.json';
/** Comes first in an archive: all digests of the manifest are keyed with it. */
export const KEY_ENTRY = 'state/digest-key';
const VERSION = 1;

const counted = z.object({ count: z.int(), digest: z.string() });
const manifestSchema = z.object({
  version: z.literal(VERSION),
  product: z.string(),
  environment: z.string(),
  /** When it was made, as ISO 8601. */
  made: z.string(),
  /** By service: the server's version, and the rows of each table. */
  databases: z.record(z.string(), z.object({ server: z.string(), tables: z.record(z.string(), counted) })),
  /** What the environment's identity reads in Infisical; undefined where the stack brings none. */
  secrets: counted.optional(),
  /** Every other file of the archive. */
  files: z.record(z.string(), z.object({ bytes: z.int(), digest: z.string() })),
  /** Fingerprints of the stack's passwords and keys. */
  keys: z.record(z.string(), z.string()),
  /** The image of each service. */
  images: z.record(z.string(), z.string()),
});

/** What a backup holds, in counts and keyed digests: it can be checked without opening a value. */
export type Manifest = z.infer<typeof manifestSchema>;

const macOf = (manifest: object, key: Secret) =>
  createHmac('sha256', key.reveal())
    .update(`backup manifest\0${stringify(manifest)}`)
    .digest('hex');

export const manifestVersion = VERSION;

/** The text of a manifest, with a code that only the installation's key makes. */
export const manifestText = (manifest: Manifest, key: Secret): string =>
  `${JSON.stringify({ ...manifest, mac: macOf(manifest, key) }, null, 2)}\n`;

/** Refused where it is none, is of a newer release, or was not made with the key. */
export function parseManifest(text: string, key: Secret, file: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw refused(`${file} has a manifest that is no JSON: it is no backup of onex-bootstrap.`);
  }
  const { mac, ...content } = Object(json) as { mac?: unknown; version?: unknown };
  if (typeof content.version === 'number' && content.version > VERSION)
    throw refused(`${file} was made by a newer onex-bootstrap: use that one.`);
  const parsed = manifestSchema.safeParse(content);
  if (!parsed.success)
    throw refused(`${file} has a manifest with wrong fields: it is no backup of onex-bootstrap.`);
  if (mac !== macOf(content, key))
    throw refused(`The manifest of ${file} was changed after the backup was made, or is of another one.`);
  return parsed.data;
}

/** The digest of a file of the archive. */
export const fileDigest = (key: Secret, name: string, content: Buffer): string =>
  createHmac('sha256', key.reveal()).update(`backup\0${name}\0`).update(content).digest('hex').slice(0, 16);
