/** What a random secret looks like: digits of so many bytes. */
export const SECRET_FORMATS = ['hex-16', 'hex-32', 'base64-32'] as const;

export type SecretFormat = (typeof SECRET_FORMATS)[number];
