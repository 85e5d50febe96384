"""Writes a PKCS#12 as Python's cryptography does.

    python cryptography_p12.py OUT KEY CERTIFICATE CA [PASSWORD]
"""

import sys

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

out, key, leaf, ca, *password = sys.argv[1:]


def read(name):
    with open(name, "rb") as file:
        return file.read()


encryption = serialization.BestAvailableEncryption(password[0].encode()) if password else serialization.NoEncryption()
with open(out, "wb") as file:
    file.write(
        pkcs12.serialize_key_and_certificates(
            b"partner",
            serialization.load_pem_private_key(read(key), None),
            x509.load_pem_x509_certificate(read(leaf)),
            [x509.load_pem_x509_certificate(read(ca))],
            encryption,
        )
    )
