import { z } from 'zod';

/** A variable that is on or off. */
export const flag = z
  .enum(['true', 'false', '1', '0', 'yes', 'no'])
  .transform((given) => ['true', '1', 'yes'].includes(given));
