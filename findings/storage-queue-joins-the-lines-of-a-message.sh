#!/usr/bin/env bash
# Azure's queue client for JavaScript removes every line feed from a message: ten records,
# one on each line, arrive as one line.
#
# Packages: @azure/storage-queue 12.30.0 with @azure/core-xml 1.5.1 (npm); for comparison,
# azure-storage-queue 12.18.1 (PyPI), which does it right.
#
# Expected: a message is any text that fits into UTF-8 XML, and the client encodes it
# (learn.microsoft.com/rest/api/storageservices/put-message). sendMessage calls its
# argument the "text of the message to send", and a line feed is allowed in XML.
#
# Seen: once the XML of the request is built, each line feed in it is removed, those of
# the text included. LF disappears; CR LF becomes CR. The same goes for updateMessage. The
# answer is 201, without an error.
#
# Why it matters: a batch of CSV, TSV or JSON Lines becomes one long record. A CSV reader
# takes it for a header without rows and reports no customers, and 5 seats before a line
# for t2 become "5t2". What helps: send base64, which Azure Functions expects anyway, or
# JSON that has the lines in an array.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts @azure/storage-queue@12.30.0 @azure/core-xml@1.5.1
python3 -m venv venv
timeout 300 venv/bin/pip install -q azure-storage-queue==12.18.1

cat >send.mjs <<'JS'
import { createServer } from 'node:http';
import { QueueClient } from '@azure/storage-queue';

// Shows the text of each message that is sent, and accepts it.
const storage = createServer(async (request, response) => {
	let body = '';
	for await (const part of request) body += part;
	const [, text] = /<MessageText>([^]*)<\/MessageText>/.exec(body);
	console.log(`JavaScript, ${request.method}: ${JSON.stringify(text)}`);
	response.writeHead(request.method === 'POST' ? 201 : 204, { 'Content-Type': 'application/xml' });
	response.end(request.method === 'POST' ? '<QueueMessagesList><QueueMessage><MessageId>1</MessageId></QueueMessage></QueueMessagesList>' : '');
});
await new Promise((resolve) => storage.listen(0, '127.0.0.1', resolve));
const queue = new QueueClient(`http://127.0.0.1:${storage.address().port}/account/reports`);

const lines = ['tenant,seats', 't1,5', 't2,7'];
await queue.sendMessage(lines.join('\n'));
await queue.sendMessage(lines.join('\r\n'));
await queue.updateMessage('1', 'receipt', lines.join('\n'));
await queue.sendMessage(Buffer.from(lines.join('\n')).toString('base64'));
storage.close();
storage.closeAllConnections();
JS

cat >send.py <<'PY'
import json
import re

from azure.core.exceptions import ServiceRequestError
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.queue import QueueClient


class Show(RequestsTransport):
    """Shows the text that would be sent, and sends nothing."""

    def send(self, request, **kwargs):
        body = request.body if isinstance(request.body, str) else request.body.decode()
        print(f"Python, {request.method}:", json.dumps(re.search("<MessageText>(.*)</MessageText>", body, re.S)[1]))
        raise ServiceRequestError("not sent")


queue = QueueClient("http://127.0.0.1:9/account", "reports", "a2V5", transport=Show(), retry_total=0)
try:
    queue.send_message("tenant,seats\nt1,5\nt2,7")
except ServiceRequestError:
    pass
PY

timeout 60 node send.mjs | tee seen
timeout 60 venv/bin/python send.py | tee -a seen

diff - seen <<'SEEN'
JavaScript, POST: "tenant,seatst1,5t2,7"
JavaScript, POST: "tenant,seats\rt1,5\rt2,7"
JavaScript, PUT: "tenant,seatst1,5t2,7"
JavaScript, POST: "dGVuYW50LHNlYXRzCnQxLDUKdDIsNw=="
Python, POST: "tenant,seats\nt1,5\nt2,7"
SEEN
