#!/usr/bin/env bash
# PnPjs's cache gives one tenant another tenant's users.
#
# Packages: @pnp/graph, @pnp/queryable and @pnp/core 4.21.0 (npm), in Node.
#
# Expected: graphfi() makes a Graph client for one sign-in, and Caching() keeps its
# answers for five minutes in the browser's storage, under a key based on the full address
# (pnp.github.io/pnpjs/queryable/behaviors, "Caching"). Two clients with two tenants'
# tokens have nothing to do with each other.
#
# Seen: in Node, all clients share one store, and its keys are made from the address
# alone, without the token or the tenant.
#
# Why it matters: /users, /subscribedSkus and /organization have the same address in each
# tenant, so a loop over customers reads the first one's for all of them. What helps: a
# key with the tenant (Caching({ keyFactory: (url) => `${tenant} ${url}` })).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts \
	@pnp/graph@4.21.0 @pnp/queryable@4.21.0 @pnp/core@4.21.0

cat >ask.mjs <<'JS'
import { DefaultHeaders, DefaultInit, graphfi } from '@pnp/graph';
import '@pnp/graph/users/index.js';
import { Caching, DefaultParse } from '@pnp/queryable';

// A Graph that answers with the tenant of the token and the end of the address. Nothing is sent.
const graph = (tenant, caching) => graphfi('https://graph.microsoft.com/v1.0').using(
	DefaultInit(), DefaultHeaders(), DefaultParse(), caching,
	(instance) => {
		instance.on.auth.replace(async (url, init) => [url, { ...init, headers: { ...init.headers, Authorization: tenant } }]);
		instance.on.send.replace(async (url, { headers }) => new Response(
			JSON.stringify({ id: `${url.pathname.split('/').pop()} of ${headers.Authorization}` }),
			{ headers: { 'Content-Type': 'application/json' } },
		));
		return instance;
	},
);

for (const [how, caching] of [
	['Caching()', () => Caching()],
	['with a key', (tenant) => Caching({ keyFactory: (url) => `${tenant} ${url}` })],
]) {
	for (const tenant of ['contoso', 'fabrikam']) {
		console.log(`${how}: ${tenant} is ${(await graph(tenant, caching(tenant)).users()).id}`);
	}
}
JS

timeout 60 node ask.mjs | tee seen

diff - seen <<'SEEN'
Caching(): contoso is users of contoso
Caching(): fabrikam is users of contoso
with a key: contoso is users of contoso
with a key: fabrikam is users of fabrikam
SEEN
