#!/bin/sh
# Entry point of the local valkey image, with the contract of the official one: arguments that begin with - or end
# in .conf belong to valkey-server; VALKEY_EXTRA_FLAGS; as root it hands over to the valkey user.
set -e

case "${1:-}" in
  -* | *.conf) set -- valkey-server "$@" ;;
  redis-server)
    shift
    set -- valkey-server "$@"
    ;;
esac
# Without a configuration file the official image lets in who has no password; Debian's lets in nobody else.
if [ "${1:-}" = valkey-server ]; then
  case "${2:---}" in
    -v | --version | -h | --help | --test-memory | --check-system) ;;
    -*)
      shift
      set -- valkey-server --protected-mode no "$@"
      ;;
  esac
fi

if [ "${1:-}" = valkey-server ] && [ "$(id -u)" = 0 ]; then
  find . \! -user valkey -exec chown valkey:valkey {} +
  # shellcheck disable=SC2086 # the flags are words by contract
  exec chroot --userspec=999:999 --groups= --skip-chdir / "$@" $VALKEY_EXTRA_FLAGS
fi
exec "$@"
