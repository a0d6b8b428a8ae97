#!/bin/bash
# Entry point of the local postgres image, with the contract of the official one: POSTGRES_USER, POSTGRES_PASSWORD,
# POSTGRES_DB and POSTGRES_INITDB_ARGS (each also as NAME_FILE), POSTGRES_HOST_AUTH_METHOD, PGDATA; other commands
# run as they are; as root it hands over to the postgres user.
set -euo pipefail

from_file() {
  local name=$1 file="$1_FILE"
  if [[ -n ${!name:-} && -n ${!file:-} ]]; then
    echo "error: both $name and $file are set (but are exclusive)" >&2
    exit 1
  fi
  if [[ -n ${!file:-} ]]; then printf -v "$name" '%s' "$(<"${!file}")"; fi
  unset "$file"
}

# A new cluster is made aside and moved into place with PG_VERSION last: a crash leaves nothing that looks finished.
initialise() {
  local new="$PGDATA/.initialising"
  if [[ -z ${POSTGRES_PASSWORD:-} && ${POSTGRES_HOST_AUTH_METHOD:-} != trust ]]; then
    echo 'error: the database is not initialised and no superuser password is set: POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE' >&2
    exit 1
  fi
  if [[ -e $new ]]; then find "$PGDATA" -mindepth 1 -delete; fi
  mkdir "$new"
  # shellcheck disable=SC2086 # the arguments are words by contract
  initdb --pgdata="$new" --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:-}") \
    --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 ${POSTGRES_INITDB_ARGS:-} >/dev/null
  printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$new/pg_hba.conf"
  printf "\nlisten_addresses = '*'\n" >>"$new/postgresql.conf"
  if [[ $POSTGRES_DB != postgres ]]; then
    printf 'CREATE DATABASE "%s";\n' "${POSTGRES_DB//\"/\"\"}" |
      postgres --single -D "$new" -c log_min_messages=error postgres >/dev/null
  fi
  find "$new" -mindepth 1 -maxdepth 1 ! -name PG_VERSION -exec mv -t "$PGDATA" {} +
  mv "$new/PG_VERSION" "$PGDATA/"
  rmdir "$new"
  echo 'postgres: initialised a new database cluster'
}

if [[ ${1:-} == -* ]]; then set -- postgres "$@"; fi
if [[ ${1:-} != postgres ]]; then exec "$@"; fi
for argument in "$@"; do
  case $argument in -'?' | --help | --describe-config | -V | --version) exec "$@" ;; esac
done

for name in POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB POSTGRES_INITDB_ARGS; do from_file "$name"; done
: "${POSTGRES_USER:=postgres}"
: "${POSTGRES_DB:=$POSTGRES_USER}"

if [[ $(id -u) == 0 ]]; then
  mkdir -p "$PGDATA" /run/postgresql
  chown postgres:postgres /run/postgresql
  find "$PGDATA" \! -user postgres -exec chown postgres:postgres {} +
  chmod 700 "$PGDATA"
  # The password goes through a pipe, not through the environment of the server.
  if [[ ! -s $PGDATA/PG_VERSION ]]; then
    export -f initialise
    export PGDATA POSTGRES_USER POSTGRES_DB POSTGRES_INITDB_ARGS POSTGRES_HOST_AUTH_METHOD
    chroot --userspec=999:999 --groups= --skip-chdir / bash -euo pipefail -c \
      'IFS= read -r -d "" POSTGRES_PASSWORD || true; initialise' < <(printf '%s' "${POSTGRES_PASSWORD:-}")
  fi
  unset POSTGRES_PASSWORD
  exec chroot --userspec=999:999 --groups= --skip-chdir / "$@"
fi
if [[ ! -s $PGDATA/PG_VERSION ]]; then initialise; fi
unset POSTGRES_PASSWORD
exec "$@"
