package signin

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"

	pkcs12 "software.sslmate.com/src/go-pkcs12"
)

var (
	errLocked  = errors.New("the PKCS#12 has a password")
	errOther   = errors.New("the PKCS#12 has a different password")
	errForeign = errors.New("it is a PKCS#12 in a form that this program does not read, or is damaged")
)

// exportCertificate turns the files of every maker tried (testdata/README.md) into
// ones that are read here, with a password or without: openssl asks for it.
const exportCertificate = "Convert it to PEM: openssl pkcs12 -in OLD.pfx -nodes -out NEW.pem (with -legacy if openssl answers 'unsupported'). " +
	"Store that as Key Vault certificate " + certificateSecret + ", or convert it to PKCS#12 again: openssl pkcs12 -export -in NEW.pem -passout pass: -out NEW.pfx."

// readPKCS12 reads most makers' files. The BER of NSS and Bouncy Castle, the three
// parts of GnuTLS with a CA and a SHA-384 MAC are valid too
// (https://www.rfc-editor.org/rfc/rfc7292), but unknown to the library.
func readPKCS12(value, password string) (any, []*x509.Certificate, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(value), ""))
	if err != nil {
		return nil, nil, errors.New("it is neither PEM nor base64 of a PKCS#12")
	}
	if !isPKCS12(raw) {
		return nil, nil, errors.New("it is neither PEM nor a PKCS#12")
	}
	key, leaf, chain, err := pkcs12.DecodeChain(raw, password)
	switch {
	case err == nil:
		return key, append([]*x509.Certificate{leaf}, chain...), nil
	case errors.Is(err, pkcs12.ErrIncorrectPassword) && password != "":
		return nil, nil, errOther
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return nil, nil, errLocked
	case strings.HasSuffix(err.Error(), " missing"): // the library has no value for it
		return nil, nil, errors.New("the PKCS#12 lacks the certificate or its private key")
	}
	return nil, nil, errForeign
}

// isPKCS12 recognises a PFX by its first ten bytes, in both DER and BER: a
// sequence, its length, the version 3 and another sequence.
func isPKCS12(raw []byte) bool {
	head := raw[:min(len(raw), 10)]
	return bytes.HasPrefix(head, []byte{0x30}) && bytes.Contains(head, []byte{0x02, 0x01, 0x03, 0x30})
}
