#!/usr/bin/env bash
# Has every maker write leaf.key with leaf.pem, and ca.pem that issued it, into the
# folder that holds them: a file for each, named after its maker.
#
#   make.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"

export_with() { # NAME ARGUMENT...
	local name=$1
	shift
	openssl pkcs12 -export -inkey leaf.key -passout pass: -out "$name" "$@"
}

# OpenSSL.
export_with openssl.p12 -in leaf.pem
export_with openssl-legacy.p12 -in leaf.pem -legacy
export_with openssl-sha512.p12 -in leaf.pem -macalg sha512
export_with openssl-chain-behind.p12 -in leaf.pem -certfile ca.pem
cat ca.pem leaf.pem >chain.pem
export_with openssl-chain-before.p12 -in chain.pem
cat chain.pem leaf.key >openssl-chain-before.pem
cat leaf.key leaf.pem ca.pem >openssl-chain-behind.pem
openssl pkcs12 -export -inkey leaf.key -in leaf.pem -passout pass:geheim -out openssl-password.p12

# Java's keytool knows no empty password.
keytool -importkeystore -noprompt -srckeystore openssl-password.p12 -srcstoretype PKCS12 -srcstorepass geheim \
	-destkeystore keytool.p12 -deststoretype PKCS12 -deststorepass geheim 2>/dev/null

# NSS.
mkdir nss
certutil -N -d sql:nss --empty-password
pk12util -i openssl-chain-behind.p12 -d sql:nss -W '' -K '' >/dev/null
pk12util -o nss.p12 -d sql:nss -n "$(certutil -L -d sql:nss | awk '/u,u,u/ { sub(/ +u,u,u *$/, ""); print }')" -W '' -K '' >/dev/null

# GnuTLS.
certtool --to-p12 --load-privkey leaf.key --load-certificate leaf.pem --p12-name partner --empty-password --outder --outfile gnutls.p12 2>/dev/null
certtool --to-p12 --load-privkey leaf.key --load-certificate leaf.pem --load-ca-certificate ca.pem --p12-name partner --empty-password --outder --outfile gnutls-ca.p12 2>/dev/null

# node-forge.
node "$here/forge.mjs" forge.p12 leaf.key leaf.pem
node "$here/forge.mjs" forge-chain-behind.p12 leaf.key leaf.pem ca.pem
node "$here/forge.mjs" forge-chain-before.p12 leaf.key ca.pem leaf.pem

# Python's cryptography.
"$here/.venv/bin/python" "$here/cryptography_p12.py" cryptography.p12 leaf.key leaf.pem ca.pem
"$here/.venv/bin/python" "$here/cryptography_p12.py" cryptography-password.p12 leaf.key leaf.pem ca.pem geheim
