import { z } from 'zod';
import type { Context } from '../http/context';
import { text, unknownField } from '../http/route';

type Field = z.ZodType<string | undefined>;

/** The two families of secrets routes: the path that they stand under and how they name the project. */
export interface SecretFamily {
  base: string;
  /** The path of the batch routes. */
  batch: string;
  /** What a read that does not say so gets: today's routes expand and import, the older ones do neither. */
  generous: boolean;
  project: { projectId: Field; workspaceId: Field; projectSlug: Field; workspaceSlug: Field };
}

const v4: SecretFamily = {
  base: '/api/v4/secrets',
  batch: '/api/v4/secrets/batch',
  generous: true,
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
  generous: false,
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

const unless = (usual: 'true' | 'false') =>
  z
    .enum(['true', 'false'])
    .default(usual)
    .transform((value) => value === 'true');

/** What every read says; 2024 does not know `viewSecretValue` and shows every value. */
export const readFields = (family: SecretFamily, legacy: boolean) => ({
  ...family.project,
  environment: text.default(''),
  secretPath: placeFields.secretPath,
  // each family knows one of the two names and ignores the other
  include_imports: family.generous ? z.literal(false).catch(false) : unless('false'),
  includeImports: family.generous ? unless('true') : z.literal(false).catch(false),
  expandSecretReferences: unless(family.generous ? 'true' : 'false'),
  viewSecretValue: legacy ? z.literal(true).catch(true) : unless('true'),
});

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
