#!/usr/bin/env bash
# The Graph SDK for Python turns text in properties that it does not know into ids and
# dates: a customer's id is then equal to no text, and what is written back is other text.
#
# Packages: msgraph-sdk 1.65.0 with microsoft-kiota-serialization-json 1.16.0 (PyPI).
#
# Expected: what a model has no property for, such as a directory extension, is in
# additional_data as the answer has it. An extension of the type String is text
# (learn.microsoft.com/graph/extensibility-overview).
#
# Seen: text that looks like a GUID becomes a UUID, and text that begins like a date
# becomes a datetime, midnight without a time zone. The same text in a property that the
# model knows (employeeId) stays text. If the user is sent back, as in an update, the id's
# letters are small, the date has a time, and the seventh decimal of a time is cut.
#
# Why it matters: people put the customer's id or a leaving date into an extension, and
# look it up in a table that came from CSV. A UUID is equal to no text, so nobody is found:
# no error, just users without a customer. In CSV the date has a time behind it. An update
# of something else changes both for good. What helps: str() around each such value, lower
# case in the table, and updates with a new User that has only what changes.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install -q --no-compile msgraph-sdk==1.65.0 microsoft-kiota-serialization-json==1.16.0

cat >read.py <<'PY'
import json

from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from kiota_serialization_json.json_serialization_writer import JsonSerializationWriter
from msgraph.generated.models.user import User

customers = {"3F2504E0-4F89-11D3-9A0C-0305E82C3301": "Contoso"}
answer = {
    "employeeId": "3F2504E0-4F89-11D3-9A0C-0305E82C3301",
    "extension_1_customer": "3F2504E0-4F89-11D3-9A0C-0305E82C3301",
    "extension_1_leaves": "2026-11-24",
    "extension_1_seen": "2026-11-24T02:30:00.1234567Z",
}
node = JsonParseNodeFactory().get_root_parse_node("application/json", json.dumps(answer).encode())
user = node.get_object_value(User)
writer = JsonSerializationWriter()
user.serialize(writer)
sent = json.loads(writer.get_serialized_content())

read = {"employeeId": user.employee_id, **user.additional_data}
for name, text in answer.items():
    print(f"{name}: {text}, read as {read[name]!r}, sent back as {sent[name]}")
print("customer by employeeId:", customers.get(user.employee_id))
print("customer by extension:", customers.get(user.additional_data["extension_1_customer"]))
PY

timeout 120 venv/bin/python read.py | tee seen

diff - seen <<'SEEN'
employeeId: 3F2504E0-4F89-11D3-9A0C-0305E82C3301, read as '3F2504E0-4F89-11D3-9A0C-0305E82C3301', sent back as 3F2504E0-4F89-11D3-9A0C-0305E82C3301
extension_1_customer: 3F2504E0-4F89-11D3-9A0C-0305E82C3301, read as UUID('3f2504e0-4f89-11d3-9a0c-0305e82c3301'), sent back as 3f2504e0-4f89-11d3-9a0c-0305e82c3301
extension_1_leaves: 2026-11-24, read as datetime.datetime(2026, 11, 24, 0, 0), sent back as 2026-11-24T00:00:00
extension_1_seen: 2026-11-24T02:30:00.1234567Z, read as datetime.datetime(2026, 11, 24, 2, 30, 0, 123456, tzinfo=datetime.timezone.utc), sent back as 2026-11-24T02:30:00.123456+00:00
customer by employeeId: Contoso
customer by extension: None
SEEN
