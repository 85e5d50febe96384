// Writes a PKCS#12 without a password as node-forge does: the certificates in the
// order in which they are named.
//
//   node forge.mjs OUT KEY CERTIFICATE...
import { readFileSync, writeFileSync } from "node:fs";
import forge from "node-forge";

const [out, key, ...certificates] = process.argv.slice(2);
const pem = (file) => readFileSync(file, "utf8");
const p12 = forge.pkcs12.toPkcs12Asn1(forge.pki.privateKeyFromPem(pem(key)), certificates.map(pem), "", { algorithm: "aes256" });
writeFileSync(out, Buffer.from(forge.asn1.toDer(p12).getBytes(), "latin1"));
