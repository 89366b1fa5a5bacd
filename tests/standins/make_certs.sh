#!/usr/bin/env bash
# Makes what the TLS tests need in FOLDER: an authority of their own (ca.pem) and, each with NAME.pem and NAME.key:
# good (localhost, 127.0.0.1), wrong-name (elsewhere.test), expired, and other (good name, from an authority nobody knows).
#   make_certs.sh FOLDER
set -euo pipefail
cd "$1"
authority() { # NAME
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=owed test $1" \
    -addext "basicConstraints=critical,CA:TRUE" -keyout "$1.key" -out "$1.pem" 2>/dev/null
}
certificate() { # NAME AUTHORITY SAN FROM TO   (times as YYYYMMDDHHMMSSZ)
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" 2>/dev/null
  : > "$1.index"
  printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s.index\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n[x]\nsubjectAltName=%s\n' \
    "$1" "$3" > "$1.cnf"
  openssl ca -batch -notext -config "$1.cnf" -extensions x -cert "$2.pem" -keyfile "$2.key" -in "$1.csr" -out "$1.pem" \
    -startdate "$4" -enddate "$5" 2>/dev/null
}
now=$(date -u +%Y)
authority ca
authority unknown-ca
certificate good ca DNS:localhost,IP:127.0.0.1 "$((now - 1))0101000000Z" "$((now + 2))0101000000Z"
certificate wrong-name ca DNS:elsewhere.test "$((now - 1))0101000000Z" "$((now + 2))0101000000Z"
certificate expired ca DNS:localhost,IP:127.0.0.1 "$((now - 3))0101000000Z" "$((now - 2))0101000000Z"
certificate other unknown-ca DNS:localhost,IP:127.0.0.1 "$((now - 1))0101000000Z" "$((now + 2))0101000000Z"
