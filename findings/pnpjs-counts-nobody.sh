#!/usr/bin/env bash
# When PnPjs counts a tenant's users or groups, the answer is always 0.
#
# Packages: @pnp/graph, @pnp/queryable and @pnp/core 4.21.0 (npm).
#
# Expected: count() of users and of groups "retrieves the total count of matching
# resources", and returns zero if the resource does not support count
# (pnp.github.io/pnpjs/graph/directoryobjects, and the types of @pnp/graph). Users and
# groups do (learn.microsoft.com/graph/aad-advanced-queries), and Graph returns the number
# as @odata.count.
#
# Seen: it asks with $count=true, receives 300, and returns 0: the number is read only
# with Paged(true), which count() does not set. And it does not send a filter() that
# precedes it.
#
# Why it matters: programs use it to find out beforehand whether there is anything to
# read, or afterwards whether everything was read: a customer with 300 users is skipped,
# or recorded as empty. What helps: ask with Paged(true) and $count=true, as the end of
# the program below does.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts \
	@pnp/graph@4.21.0 @pnp/queryable@4.21.0 @pnp/core@4.21.0

cat >count.mjs <<'JS'
import { ConsistencyLevel, DefaultHeaders, DefaultInit, graphfi, GraphCollection, Paged } from '@pnp/graph';
import '@pnp/graph/groups/index.js';
import '@pnp/graph/users/index.js';
import { DefaultParse } from '@pnp/queryable';

// A Graph of 300 users and groups, 20 of them with a filter. Nothing is sent.
const graph = graphfi('https://graph.microsoft.com/v1.0').using(DefaultInit(), DefaultHeaders(), DefaultParse(), (instance) => {
	instance.on.auth.replace(async (url, init) => [url, init]);
	instance.on.send.replace(async (url) => {
		const count = url.searchParams.has('$filter') ? 20 : 300;
		console.log(`  asked ${decodeURIComponent(url.pathname + url.search)}, answered ${count}`);
		return new Response(JSON.stringify({ '@odata.count': count, value: [{ id: 'a' }] }), { headers: { 'Content-Type': 'application/json' } });
	});
	return instance;
});

console.log('users:', await graph.users.count());
console.log('groups:', await graph.groups.count());
console.log('guests:', await graph.users.filter("userType eq 'Guest'").count());

const guests = GraphCollection(graph.users).using(Paged(true), ConsistencyLevel()).filter("userType eq 'Guest'").top(1);
guests.query.set('$count', 'true');
console.log('guests, with Paged(true):', (await guests()).count);
JS

timeout 60 node count.mjs | tee seen

diff - seen <<'SEEN'
  asked /v1.0/users?$count=true&$top=1, answered 300
users: 0
  asked /v1.0/groups?$count=true&$top=1, answered 300
groups: 0
  asked /v1.0/users?$count=true&$top=1, answered 300
guests: 0
  asked /v1.0/users?$filter=userType+eq+'Guest'&$top=1&$count=true, answered 20
guests, with Paged(true): 20
SEEN
