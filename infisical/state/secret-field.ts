import { z } from 'zod';
import { Secret } from '../../contracts/core/secret';

/** A non-empty text that becomes a Secret as soon as it is read. */
export const secretField = z
  .string()
  .min(1)
  .transform((value) => new Secret(value));
