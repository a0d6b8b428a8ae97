import { createHash } from 'node:crypto';

/** What the layer under every local image is made of. */
export const BASE_RECIPE = {
  /** Read over http: what counts are the signature on each list and the hash of each package, which apt checks. */
  sources: [
    { mirror: 'http://deb.debian.org/debian', suites: ['trixie', 'trixie-updates'] },
    { mirror: 'http://deb.debian.org/debian-security', suites: ['trixie-security'] },
  ],
  keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
  postgres: '17',
  seeds: [
    ...['postgresql-17', 'valkey-server', 'base-files', 'bash', 'coreutils', 'dash', 'grep', 'sed'],
    ...['libc-bin', 'findutils', 'ca-certificates', 'libstdc++6'],
  ],
  /** Dependencies that only maintainer scripts, the JIT or interactive use need. */
  drop: [
    /perl/,
    /^libllvm/,
    /^libz3/,
    /^libgdbm/,
    /^libdb5/,
    /^(debconf|libdebconfclient0|debianutils|ucf|sensible-utils|init-system-helpers|sysvinit-utils)$/,
    /^(adduser|base-passwd|passwd|login\.defs|libsemanage.*|libsepol2|libbsd0|libmd0)$/,
    /^(postgresql-common.*|postgresql-client-common|ssl-cert|openssl.*|netbase)$/,
    /^(locales|libc-l10n|mawk|procps|libproc2-0|readline-common|libpam-modules.*|gcc-.*-base)$/,
    /^(libtext-.*|libsasl2-modules.*)$/,
  ],
  /** Paths that nobody reads in a container. */
  exclude: [
    './usr/share/man',
    './usr/share/doc',
    './usr/share/info',
    './usr/share/lintian',
    './usr/share/locale',
    './usr/share/postgresql/*/man',
    './usr/lib/*/gconv',
    './usr/lib/postgresql/*/lib/bitcode',
    './usr/lib/postgresql/*/lib/llvmjit*',
    './usr/lib/systemd',
  ],
} as const;

// Raise it when the code that follows the recipe changes what comes out.
const VERSION = 1;

/** Debian's name of this machine's architecture. */
export const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch;

/** Names the base layer of this recipe on this architecture; part of every local image's tag. */
export function baseKey(): string {
  const recipe = JSON.stringify(BASE_RECIPE, (_, value: unknown) =>
    value instanceof RegExp ? value.source : value,
  );
  return createHash('sha256').update(`${VERSION} ${ARCHITECTURE} ${recipe}`).digest('hex').slice(0, 12);
}
