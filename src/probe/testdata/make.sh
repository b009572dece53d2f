#!/bin/sh
# Makes the certificates of the probe's tests, valid from 2020 to 2120 (one of them until February 2020). Only loopback servers of tests use
# the key, and no root is installed anywhere. Run here to make them anew: sh make.sh
set -eu
work=$(mktemp -d)
openssl ecparam -name prime256v1 -genkey -noout -out "$work/ca.key"
openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out server.key
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index\nnew_certs_dir=%s\nserial=%s/serial\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n[leaf]\nsubjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n[root]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n[req]\ndistinguished_name=n\n[n]\n' \
    "$work" "$work" "$work" > "$work/cnf"
: > "$work/index"; echo 01 > "$work/serial"
openssl req -new -config "$work/cnf" -key "$work/ca.key" -subj "/CN=apigw-doctor test CA" -out "$work/ca.csr"
openssl req -new -config "$work/cnf" -key server.key -subj "/CN=localhost" -out "$work/leaf.csr"
sign() { openssl ca -batch -config "$work/cnf" -notext -startdate 20200101000000Z "$@" 2>> "$work/log"; }
sign -selfsign -keyfile "$work/ca.key" -in "$work/ca.csr" -extensions root -enddate 21200101000000Z -out ca.pem
sign -cert ca.pem -keyfile "$work/ca.key" -in "$work/leaf.csr" -extensions leaf -enddate 21200101000000Z -out localhost.pem
sign -cert ca.pem -keyfile "$work/ca.key" -in "$work/leaf.csr" -extensions leaf -enddate 20200201000000Z -out expired.pem
sign -selfsign -keyfile server.key -in "$work/leaf.csr" -extensions leaf -enddate 21200101000000Z -out self-signed.pem
rm -r "$work"
