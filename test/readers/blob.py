"""Reads the blob behind a link with azure-storage-blob, and checks its MD5.

    python blob.py LINK FILE

Prints its properties as JSON.
"""

import hashlib
import json
import sys

from azure.storage.blob import BlobClient

link, file = sys.argv[1:]
# Azurite 3.37.0 refuses the version that this SDK asks for by itself.
blob = BlobClient.from_blob_url(link, api_version="2025-11-05")
properties = blob.get_blob_properties()
content = blob.download_blob().readall()
md5 = properties.content_settings.content_md5
if md5 is not None and hashlib.md5(content).digest() != bytes(md5):
    sys.exit("the MD5 is not that of the content")
with open(file, "wb") as out:
    out.write(content)
print(
    json.dumps(
        {
            "md5": md5 is not None,
            "type": properties.content_settings.content_type,
            "disposition": properties.content_settings.content_disposition,
            "metadata": properties.metadata,
        }
    )
)
