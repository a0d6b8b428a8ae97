/** What a random secret looks like: digits of so many bytes. */
export const SECRET_FORMATS = ['hex-16', 'hex-32', 'base64-32'] as const;

export type SecretFormat = (typeof SECRET_FORMATS)[number];

/** The parts of a format, as `openssl rand` takes them too. */
export function partsOf(format: SecretFormat): { encoding: 'hex' | 'base64'; bytes: number } {
  const [encoding, bytes] = format.split('-') as ['hex' | 'base64', string];
  return { encoding, bytes: Number(bytes) };
}
