#!/bin/sh
# Entry point of the local valkey image, with the contract of the official one: arguments that begin with - or end
# in .conf belong to valkey-server; VALKEY_EXTRA_FLAGS; as root it hands over to the valkey user.
set -e

case "${1:-}" in -* | *.conf) set -- valkey-server "$@" ;; esac

if [ "${1:-}" = valkey-server ] && [ "$(id -u)" = 0 ]; then
  find . \! -user valkey -exec chown valkey:valkey {} +
  # shellcheck disable=SC2086 # the flags are words by contract
  exec chroot --userspec=999:999 --groups= --skip-chdir / "$@" $VALKEY_EXTRA_FLAGS
fi
exec "$@"
