import { z } from 'zod';
import type { Context } from '../http/context';
import { flag, text, unknownField } from '../http/route';

type Field = z.ZodType<string | undefined>;

/** The two families of secrets routes: the path that they stand under and how they name the project. */
export interface SecretFamily {
  base: string;
  /** The path of the batch routes. */
  batch: string;
  project: { projectId: Field; workspaceId: Field; projectSlug: Field; workspaceSlug: Field };
}

const v4: SecretFamily = {
  base: '/api/v4/secrets',
  batch: '/api/v4/secrets/batch',
  project: {
    projectId: text,
    workspaceId: unknownField,
    projectSlug: unknownField,
    workspaceSlug: unknownField,
  },
};

const v3: SecretFamily = {
  base: '/api/v3/secrets/raw',
  batch: '/api/v3/secrets/batch/raw',
  project: {
    projectId: unknownField,
    workspaceId: text.optional(),
    // Writes call it projectSlug, reads workspaceSlug.
    projectSlug: text.optional(),
    workspaceSlug: text.optional(),
  },
};

/** v4 today with v3 as its twin, v3 alone in 2024. */
export const familiesOf = ({ legacy }: Context) => (legacy ? [v3] : [v4, v3]);

/** Where a secret stands, beside its project. */
export const placeFields = { environment: text, secretPath: text.default('/') };

export const secretType = z.enum(['shared', 'personal']).default('shared');

/** What every read says; 2024 does not know `viewSecretValue` and shows every value. */
export const readFields = (family: SecretFamily, legacy: boolean) => ({
  ...family.project,
  environment: legacy ? text.default('') : text,
  secretPath: placeFields.secretPath,
  include_imports: flag,
  expandSecretReferences: flag,
  viewSecretValue: legacy ? z.literal(true).catch(true) : shownUnlessFalse,
});

const shownUnlessFalse = z
  .enum(['true', 'false'])
  .default('true')
  .transform((value) => value === 'true');

/** What the server does to each value that is written: trimmed, but one trailing line feed stays one. */
export const secretValue = z
  .string()
  .transform((value) => (value.at(-1) === '\n' ? `${value.trim()}\n` : value.trim()));

/** What may be written beside a value. */
export const secretExtras = {
  secretMetadata: z
    .object({ key: text.min(1), value: text, isEncrypted: z.boolean().default(false) })
    .array()
    .optional(),
  skipMultilineEncoding: z.boolean().optional(),
};
