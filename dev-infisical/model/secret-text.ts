import { z } from 'zod';

/** What the server does to each value that is written: trimmed, but one trailing line feed stays one. */
export const secretValue = z
  .string()
  .transform((value) => (value.at(-1) === '\n' ? `${value.trim()}\n` : value.trim()));

export const secretComment = z.string().trim();

export const secretMetadata = z
  .object({
    key: z.string().trim().min(1),
    value: z.string().trim(),
    isEncrypted: z.boolean().default(false),
  })
  .array();
