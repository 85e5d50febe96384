#!/usr/bin/env bash
# Two builders of OData filters leave out `in` with an empty list: who asks for nobody
# gets everybody.
#
# Packages: odata-filter-builder 1.0.0, @odata/client 2.21.10 (npm); for comparison,
# odata-builder 1.1.0 (npm), which refuses the empty list.
#
# Expected: in(field, values) asks for the rows whose field is one of the values. If there
# are no values, no row is asked for; a builder that cannot write that should refuse.
#
# Seen: the condition becomes an empty text. odata-filter-builder leaves it out in front of
# other conditions, too, so that only those are left. @odata/client leaves out $filter if
# nothing else is in it. There is no error, and the address is valid.
#
# Why it matters: a program asks again for the users of a list: who failed, who is new, who
# belongs to a customer. On a night on which the list is empty, it gets all of the tenant's,
# and works on them. What helps: do not ask if the list is empty, or use odata-builder.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts \
	odata-filter-builder@1.0.0 @odata/client@2.21.10 odata-builder@1.1.0

cat >ask.mjs <<'JS'
import { OdataQueryBuilder } from 'odata-builder';
import filterBuilder from 'odata-filter-builder';
import odataClient from '@odata/client';

const { ODataFilterBuilder } = filterBuilder;
const { filter, param } = odataClient;

const show = (name, ask) => {
	try {
		console.log(`${name}: ${ask() || '(nothing)'}`);
	} catch (e) {
		console.log(`${name}: refused`);
	}
};

for (const ids of [['a', 'b'], []]) {
	console.log(`${ids.length} users`);
	show('  odata-filter-builder', () => ODataFilterBuilder().in('id', ids).toString());
	show('  odata-filter-builder, enabled', () => ODataFilterBuilder().in('id', ids).eq('accountEnabled', true).toString());
	show('  @odata/client', () => param().filter(filter().field('id').in(ids)).select('id').toString());
	show('  odata-builder', () => new OdataQueryBuilder().filter((f) => f.where((user) => user.id.in(ids))).toQuery());
}
JS

timeout 60 node ask.mjs | tee seen

diff - seen <<'SEEN'
2 users
  odata-filter-builder: id eq 'a' or id eq 'b'
  odata-filter-builder, enabled: (id eq 'a' or id eq 'b') and (accountEnabled eq true)
  @odata/client: $filter=(id eq 'a' or id eq 'b')&$select=id
  odata-builder: ?$filter=id in ('a', 'b')
0 users
  odata-filter-builder: (nothing)
  odata-filter-builder, enabled: accountEnabled eq true
  @odata/client: $select=id
  odata-builder: refused
SEEN
