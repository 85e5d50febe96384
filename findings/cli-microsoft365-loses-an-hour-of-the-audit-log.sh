#!/usr/bin/env bash
# CLI for Microsoft 365 leaves an hour out of the audit log when the clocks go back.
#
# Package: @pnp/cli-microsoft365 11.11.0 (npm).
#
# Expected: "purview auditlog list" returns the log from --startTime (inclusive; by
# default 24 hours ago) to --endTime (exclusive)
# (pnp.github.io/cli-microsoft365/cmd/purview/auditlog/auditlog-list). Both are in UTC,
# where every day has 24 hours. The service accepts at most 24 hours at a time
# (learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference),
# so the command asks for one period after another.
#
# Seen: it advances by days of the computer's own time zone, and asks for 24 hours of
# each. In Berlin, 25 October 2026 has 25 hours: one of them is never requested. Without
# --startTime, that is the newest one. On 29 March, one hour is requested twice. On a
# computer in UTC, all is well.
#
# Why it matters: anybody who collects customers' logs with it each night has a gap for
# all of them in autumn and duplicate rows in spring, in files that look complete; the
# service keeps the hour for only seven days. What helps: run it with TZ=UTC.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# The CLI, with only those of its 400 MB of packages that this command loads.
timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts --omit=optional \
	@azure/msal-common@16.16.1 applicationinsights@2.9.8 axios@1.21.1 chalk@6.0.0 configstore@8.0.0 \
	csv-parse@6.2.1 strip-json-comments@5.0.3 yargs-parser@22.0.0 zod@4.4.3
timeout 300 npm pack --silent @pnp/cli-microsoft365@11.11.0 >npm.log
mkdir -p node_modules/@pnp/cli-microsoft365
tar -xzf pnp-cli-microsoft365-11.11.0.tgz -C node_modules/@pnp/cli-microsoft365 --strip-components=1

cat >list.mjs <<'JS'
const cli = new URL('node_modules/@pnp/cli-microsoft365/dist/', import.meta.url);
const { default: command } = await import(new URL('m365/purview/commands/auditlog/auditlog-list.js', cli));
const { default: request } = await import(new URL('request.js', cli));
const { default: auth } = await import(new URL('Auth.js', cli));

// The service has an event at half past each hour. Nothing is sent.
const hour = 3600000;
request.get = async ({ url }) => {
	const { pathname, searchParams } = new URL(url);
	if (pathname.endsWith('/subscriptions/list')) return [{ contentType: 'Audit.Exchange', status: 'enabled' }];
	if (pathname.endsWith('/subscriptions/content')) {
		return { data: [{ contentUri: `https://manage.office.com/content?${searchParams}` }], headers: {} };
	}
	const events = [];
	for (let t = Date.parse(searchParams.get('startTime')); t < Date.parse(searchParams.get('endTime')); t += hour) {
		events.push({ CreationTime: new Date(t + hour / 2).toISOString() });
	}
	return events;
};
const claims = Buffer.from(JSON.stringify({ tid: '22222222-2222-2222-2222-222222222222' })).toString('base64url');
auth.connection.accessTokens[auth.defaultResource] = { accessToken: `e30.${claims}.s` };

async function list(text, start, now, options) {
	globalThis.Date = class extends Date {
		constructor(...args) {
			super(...(args.length ? args : [now]));
		}
	};
	const log = (events) => {
		const rows = events.map(({ CreationTime }) => CreationTime).filter((at) => at >= start && at < now);
		const hours = (Date.parse(now) - Date.parse(start)) / hour;
		console.log(`${text}: ${hours} hours, of which it has ${new Set(rows).size}, in ${rows.length} rows`);
	};
	await command.commandAction({ log, logToStderr() {} }, { options: { contentType: 'Exchange', ...options } });
}

const march = { startTime: '2026-03-28T00:00:00Z', endTime: '2026-03-31T00:00:00Z' };
const october = { startTime: '2026-10-24T00:00:00Z', endTime: '2026-10-27T00:00:00Z' };
console.log(process.env.TZ);
await list('  28 to 30 March', march.startTime, march.endTime, march);
await list('  24 to 26 October', october.startTime, october.endTime, october);
await list('  25 October, noon, without --startTime', '2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z', {});
JS

for zone in UTC Europe/Berlin; do
	TZ=$zone timeout 60 node list.mjs
done | tee seen

diff - seen <<'SEEN'
UTC
  28 to 30 March: 72 hours, of which it has 72, in 72 rows
  24 to 26 October: 72 hours, of which it has 72, in 72 rows
  25 October, noon, without --startTime: 24 hours, of which it has 24, in 24 rows
Europe/Berlin
  28 to 30 March: 72 hours, of which it has 72, in 73 rows
  24 to 26 October: 72 hours, of which it has 71, in 71 rows
  25 October, noon, without --startTime: 24 hours, of which it has 23, in 23 rows
SEEN
