import { z } from 'zod';
import { flag } from '../http/route';

const text = z.string().trim();

// A name that the family does not know is ignored.
const unknownHere = z
  .unknown()
  .optional()
  .transform(() => undefined);
type Field = z.ZodType<string | undefined>;

/** The two families of secrets routes: the path that they stand under and how they name the project. */
export interface SecretFamily {
  base: string;
  /** The path of the batch routes. */
  batch: string;
  project: { projectId: Field; workspaceId: Field; projectSlug: Field; workspaceSlug: Field };
}

export const v4: SecretFamily = {
  base: '/api/v4/secrets',
  batch: '/api/v4/secrets/batch',
  project: {
    projectId: text,
    workspaceId: unknownHere,
    projectSlug: unknownHere,
    workspaceSlug: unknownHere,
  },
};

export const v3: SecretFamily = {
  base: '/api/v3/secrets/raw',
  batch: '/api/v3/secrets/batch/raw',
  project: {
    projectId: unknownHere,
    workspaceId: text.optional(),
    // Writes call it projectSlug, reads workspaceSlug.
    projectSlug: text.optional(),
    workspaceSlug: text.optional(),
  },
};

export const environment = text;
export const secretPath = text.default('/');

/** The flags of every read; 2024 does not know `viewSecretValue` and shows every value. */
export const readFlags = (legacy: boolean) => ({
  include_imports: flag,
  expandSecretReferences: flag,
  viewSecretValue: legacy ? z.literal(true).catch(true) : shownUnlessFalse,
});

const shownUnlessFalse = z
  .enum(['true', 'false'])
  .default('true')
  .transform((value) => value === 'true');
