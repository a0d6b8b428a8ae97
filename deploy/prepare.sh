#!/bin/sh
# Makes what deploy/temporal.compose.yml needs in DIR: an authority, certificates, the database's password and the codec key.
# What is there stays as it is. To renew a certificate: remove server.pem or client.pem and run it again.
# usage: deploy/prepare.sh DIR [more names of the server, as DNS:temporal.example.com,IP:10.0.0.5]
set -eu
dir=${1:?usage: prepare.sh DIR [DNS:name,IP:address]}
names="DNS:temporal,DNS:localhost,IP:127.0.0.1${2:+,$2}"
umask 077
mkdir -p "$dir"
chmod 700 "$dir" # its files may be read by containers' users, whom nothing else lets in
cd "$dir"

[ -s ca.key ] && [ -s ca.pem ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
  -subj '/CN=onex temporal authority' -addext 'basicConstraints=critical,CA:TRUE' -keyout ca.key -out ca.pem 2>/dev/null

certificate() { # NAME USAGE ALTERNATIVE-NAMES
  [ -s "$1.key" ] || openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
  [ -s "$1.pem" ] || {
    printf 'extendedKeyUsage=%s\nsubjectAltName=%s\n' "$2" "$3" >"$1.ext"
    openssl req -new -key "$1.key" -subj "/CN=$1" |
      openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 397 -extfile "$1.ext" -out "$1.new" 2>/dev/null
    mv "$1.new" "$1.pem"
    rm "$1.ext"
  }
}
certificate server serverAuth,clientAuth "$names"
certificate client clientAuth DNS:onex-bootstrap

[ -s postgres_password ] || { openssl rand -hex 32 | tr -d '\n' >p.new && mv p.new postgres_password; }
[ -s codec-keys ] || { echo "k1 $(openssl rand -base64 32)" >c.new && mv c.new codec-keys; }
chmod 444 postgres_password ca.pem server.pem server.key client.pem client.key
chmod 600 codec-keys ca.key
echo "ready in $dir: ca.pem, client.pem and client.key are for workers; codec-keys too, and nowhere else"
