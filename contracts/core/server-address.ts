const EXAMPLE = 'an address like https://secrets.example.com';
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Whether an address is one of this machine itself. */
export const isLoopback = (address: string): boolean =>
  URL.canParse(address) && LOOPBACK.test(new URL(address).hostname);

/** Without a trailing slash; a sub-path is kept. */
export const plainAddress = (address: string): string => address.replace(/\/+$/, '');

/** Whether two addresses are the same, however they are written. */
export const isSameAddress = (one: string, other: string): boolean => written(one) === written(other);

const written = (address: string) =>
  plainAddress(URL.parse(address)?.href ?? address).replace('//localhost', '//127.0.0.1');

/**
 * Why no credentials are sent to an address, in words that show no password of it; undefined where they may be. `insist` is
 * how to have them sent in clear.
 */
export function addressProblem(
  address: string,
  { insecureHttp = false, insist }: { insecureHttp?: boolean | undefined; insist: string },
): string | undefined {
  if (!URL.canParse(address) || !/^https?:/.test(address)) return `expected ${EXAMPLE}`;
  const { protocol, hostname, username, password, search, hash } = new URL(address);
  if (username !== '' || password !== '')
    return `expected ${EXAMPLE}, without a user or password in it: those are given by INFISICAL_ADMIN_EMAIL and INFISICAL_ADMIN_PASSWORD`;
  if (search !== '' || hash !== '') return `expected ${EXAMPLE}, without "?" and "#"`;
  if (protocol === 'https:' || isLoopback(address) || insecureHttp) return undefined;
  return `credentials and values would cross the network to http://${hostname} in clear: use https, or insist with ${insist}`;
}
