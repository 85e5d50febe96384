#!/usr/bin/env bash
# odata-query writes filters that ask for rows other than those you meant: "not" is
# dropped, "or" loses its brackets, and of two conditions only the last is left.
#
# Package: odata-query 8.1.0 (npm).
#
# Expected: its object of conditions accepts and, or and not, and conditions side by side
# are joined with and, also in an array under any (npmjs.com/package/odata-query, "Logical
# operators" and "Collection operators"). In OData, and binds more tightly than or
# (docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html, "Operator
# Precedence").
#
# Seen: this holds at the top of the object. Under a property:
# - not is dropped: the failed sign-ins become the successful ones;
# - or of an array gets no brackets, so the conditions next to it apply to only one half:
#   guests appear in a report of members;
# - or of an object becomes and.
# And if an array under any has one property twice, as for a range of days, the first
# condition is lost. Nothing throws.
#
# Why it matters: Graph answers all of these, and the report has too many or too few rows
# for every customer. What helps: write or and not at the top of the object, with the
# property's whole path ("status/errorCode"), and several conditions on one property in
# one object ({ge: …, lt: …}).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

timeout 300 npm install --silent --no-audit --no-fund --ignore-scripts odata-query@8.1.0

cat >ask.cjs <<'JS'
const { default: buildQuery } = require('odata-query');

const ask = (meant, filter) => console.log(`${meant}\n  ${buildQuery({ filter }).replace('?$filter=', '')}`);
const august = new Date('2026-08-01T00:00:00Z');
const november = new Date('2026-11-01T00:00:00Z');

ask('sign-ins that failed', { status: { not: { errorCode: 0 } } });
ask('the same, with the path', { not: { 'status/errorCode': 0 } });

ask('members not seen since August', {
	signInActivity: { or: [{ lastSignInDateTime: { lt: august } }, { lastSignInDateTime: null }] },
	userType: 'Member',
});
ask('the same, with the path', {
	or: [{ 'signInActivity/lastSignInDateTime': { lt: august } }, { 'signInActivity/lastSignInDateTime': null }],
	userType: 'Member',
});

ask('one reason or the other', { status: { or: { errorCode: 50053, failureReason: 'locked' } } });
ask('the same, with the path', { or: { 'status/errorCode': 50053, 'status/failureReason': 'locked' } });

ask('a plan assigned from August to October', {
	assignedPlans: { any: [{ assignedDateTime: { ge: august } }, { assignedDateTime: { lt: november } }] },
});
ask('the same, in one object', { assignedPlans: { any: { assignedDateTime: { ge: august, lt: november } } } });
JS

timeout 60 node ask.cjs | tee seen

diff - seen <<'SEEN'
sign-ins that failed
  (status/errorCode eq 0)
the same, with the path
  not (status/errorCode eq 0)
members not seen since August
  (signInActivity/lastSignInDateTime lt 2026-08-01T00:00:00.000Z) or (signInActivity/lastSignInDateTime eq null) and userType eq 'Member'
the same, with the path
  ((signInActivity/lastSignInDateTime lt 2026-08-01T00:00:00.000Z) or (signInActivity/lastSignInDateTime eq null)) and userType eq 'Member'
one reason or the other
  (status/errorCode eq 50053 and status/failureReason eq 'locked')
the same, with the path
  (status/errorCode eq 50053 or status/failureReason eq 'locked')
a plan assigned from August to October
  assignedPlans/any(assignedplans:assignedplans/assignedDateTime lt 2026-11-01T00:00:00.000Z)
the same, in one object
  assignedPlans/any(assignedplans:assignedplans/assignedDateTime ge 2026-08-01T00:00:00.000Z and assignedplans/assignedDateTime lt 2026-11-01T00:00:00.000Z)
SEEN
