import { z } from 'zod';

/** The handler's operations; activities are registered under exactly these names. */
export const OPERATIONS = [
  'infisical.get_secret',
  'infisical.get_secrets_batch',
  'infisical.list_secrets',
] as const;

export type Operation = (typeof OPERATIONS)[number];

// Blank is absent, as everywhere: it falls back to the handler's own setting.
const line = z.string().regex(/^\P{Cc}*$/u, 'must be one line');
const place = {
  project_id: line.optional(),
  environment_slug: line.optional(),
  secret_path: line.optional(),
  correlation_id: line.optional(),
  /** Whether references are expanded and imported secrets found; as the handler is set where it is absent. */
  expand: z.boolean().optional(),
};
/** `KEY`, or `/folder/KEY` for one that lies elsewhere than in `secret_path`. */
const secretName = line
  .regex(/^(\/[^/]+)*\/?[^/]+$/, 'must be KEY or /folder/KEY')
  .regex(/[^\s]$/, 'must not end with a space') // servers trim names, and answer a list for none
  .regex(/^\S/, 'must not begin with a space');

/** More keys than any service reads; a batch of them is still one listing per folder. */
const BATCH_LIMIT = 1_000;

export const getSecretSchema = z.strictObject({ secret_name: secretName, ...place });
export const listSecretsSchema = z.strictObject(place);
export const getSecretsBatchSchema = z.strictObject({
  secret_names: z.array(secretName).max(BATCH_LIMIT),
  ...place,
});

export type GetSecretRequest = z.infer<typeof getSecretSchema>;
export type ListSecretsRequest = z.infer<typeof listSecretsSchema>;
export type GetSecretsBatchRequest = z.infer<typeof getSecretsBatchSchema>;

/** What `execute` takes: the ONEX envelope around one of the three requests. */
export const envelopeSchema = z.strictObject({
  operation: z.enum(OPERATIONS),
  payload: z.record(z.string(), z.unknown()).default({}),
  correlation_id: line.optional(),
  envelope_id: line.optional(),
});

export type ReadEnvelope = z.input<typeof envelopeSchema>;

/** A folder of one environment of a project. */
export interface SecretPlace {
  projectId: string;
  environment: string;
  /** With a leading slash and without a trailing one; `/` is the root. */
  path: string;
  /** Whether references are expanded and imports included; undefined is as the reader is set. */
  expand?: boolean | undefined;
}

/** A folder as the servers want it: `shared/kafka/` is `/shared/kafka`. */
export function folderPath(path: string): string {
  return `/${path.split('/').filter(Boolean).join('/')}`;
}

/** The folder and the key that a name means: `/folder/KEY` names its own, `KEY` lies in `path`. */
export function locate(name: string, path: string): { path: string; key: string } {
  const cut = name.lastIndexOf('/');
  return cut < 0
    ? { path: folderPath(path), key: name }
    : { path: folderPath(name.slice(0, cut)), key: name.slice(cut + 1) };
}
