// Reads the blob behind a link with @azure/storage-blob, and checks its MD5. Prints its
// properties as JSON.
//
//   node blob.mjs LINK FILE
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { BlobClient } from "@azure/storage-blob";

const [link, file] = process.argv.slice(2);
const blob = new BlobClient(link);
const properties = await blob.getProperties();
const content = await blob.downloadToBuffer();
const md5 = properties.contentMD5;
if (md5 && !createHash("md5").update(content).digest().equals(Buffer.from(md5))) {
	throw new Error("the MD5 is not that of the content");
}
writeFileSync(file, content);
console.log(
	JSON.stringify({
		md5: Boolean(md5),
		type: properties.contentType,
		disposition: properties.contentDisposition,
		metadata: properties.metadata,
	}),
);
