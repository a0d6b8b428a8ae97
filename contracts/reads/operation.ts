/** The handler's operations; activities are registered under exactly these names. */
export const OPERATIONS = [
  'infisical.get_secret',
  'infisical.get_secrets_batch',
  'infisical.list_secrets',
] as const;

export type Operation = (typeof OPERATIONS)[number];
