#!/usr/bin/env bash
# An Adaptive Card that lists the largest numbers puts 9 before 100: it sorts numbers as
# text.
#
# Packages: adaptivecards-templating 2.3.1 and adaptive-expressions 4.23.3 (npm).
#
# Expected: sortBy() sorts a collection in ascending order, sortByDescending() in
# descending order, and max() returns the largest of its numbers
# (learn.microsoft.com/azure/bot-service/adaptive-expressions/adaptive-expressions-prebuilt-functions).
#
# Seen: a list of numbers is sorted by its characters: 100, 12, 3, 9. max() in the same
# card is right, and so is sorting objects by a property that is a number.
#
# Why it matters: a card in Teams shows the three customers with the most failures, or the
# longest waits, and leaves out the worst. As long as all numbers have the same number of
# digits, it is right, so that a test does not show it. What helps: sort objects by a
# property, as below, or before the card is filled in.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts \
	adaptivecards-templating@2.3.1 adaptive-expressions@4.23.3

cat >expand.mjs <<'JS'
import { Template } from 'adaptivecards-templating';

const card = new Template({
	sorted: "${join(sortBy(failures), ', ')}",
	'three worst': "${join(take(sortByDescending(failures), 3), ', ')}",
	worst: '${max(failures)}',
	'three worst, by a property': "${join(foreach(take(sortByDescending(customers, 'failures'), 3), c, c.failures), ', ')}",
});
for (const failures of [[12, 99, 30, 54], [12, 100, 3, 9]]) {
	const customers = failures.map((number) => ({ failures: number }));
	console.log(failures.join(', '));
	for (const [name, text] of Object.entries(card.expand({ $root: { failures, customers } }))) console.log(`  ${name}: ${text}`);
}
JS

timeout 60 node expand.mjs | tee seen

diff - seen <<'SEEN'
12, 99, 30, 54
  sorted: 12, 30, 54, 99
  three worst: 99, 54, 30
  worst: 99
  three worst, by a property: 99, 54, 30
12, 100, 3, 9
  sorted: 100, 12, 3, 9
  three worst: 9, 3, 12
  worst: 100
  three worst, by a property: 100, 12, 9
SEEN
