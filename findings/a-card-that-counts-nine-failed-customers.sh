#!/usr/bin/env bash
# If the data has no list of failed customers, an Adaptive Card says that nine failed: it
# counts the characters of the missing field's placeholder.
#
# Packages: adaptivecards-templating 2.3.1 and adaptive-expressions 4.23.3 (npm).
#
# Expected: count() returns the number of items in a collection, and coalesce() the first
# value that is not null
# (learn.microsoft.com/azure/bot-service/adaptive-expressions/adaptive-expressions-prebuilt-functions).
# The library's own reference says that if the data lacks a field, ${field} stays in the
# card, where everybody sees it.
#
# Seen: the placeholder is filled in before the functions run, so they receive the text
# "${failed}". count() and length() return 9, the length of that text; coalesce() takes it
# for a value and never reaches the second one; first() returns its first character. Yet
# in $when, the same count() is not greater than 0.
#
# Why it matters: in several languages, JSON leaves out what is empty (omitempty,
# WhenWritingNull), so a night without a failure has no such list. The card in Teams then
# says that some customers failed, with a number that looks right. What helps: check with
# exists() first (if(exists(failed), count(failed), 0)), or send the empty list.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts \
	adaptivecards-templating@2.3.1 adaptive-expressions@4.23.3

cat >expand.mjs <<'JS'
import { Template } from 'adaptivecards-templating';

const failed = ['Contoso', 'Fabrikam'];
for (const [night, data] of Object.entries({ 'two failed': { failed }, 'an empty list': { failed: [] }, 'no list': {} })) {
	const { texts, shown } = new Template({
		texts: [
			'${count(failed)} customers failed',
			'${length(reason)} letters',
			"${coalesce(reason, 'no reason given')}",
			'${first(failed)}',
			'${if(exists(failed), count(failed), 0)} customers failed',
		],
		shown: [{ $when: '${count(failed) > 0}', text: 'some failed' }],
	}).expand({ $root: data });
	console.log(`${night}: ${texts.join(' | ')} | $when holds: ${shown.length > 0}`);
}
JS

timeout 60 node expand.mjs | tee seen

diff - seen <<'SEEN'
two failed: 2 customers failed | 9 letters | ${reason} | Contoso | 2 customers failed | $when holds: true
an empty list: 0 customers failed | 9 letters | ${reason} |  | 0 customers failed | $when holds: false
no list: 9 customers failed | 9 letters | ${reason} | $ | 0 customers failed | $when holds: false
SEEN
