#!/usr/bin/env bash
# The SQLAlchemy dialects for Kusto leave out parts of a query: DISTINCT, HAVING and OFFSET
# are gone, and LIKE finds other rows. The answer comes without an error.
#
# Packages: sqlalchemy-kusto 3.1.2 with SQLAlchemy 1.4.54 (PyPI).
#
# Expected: a dialect writes what the query says, or refuses it. In Kusto, has_cs looks for
# a whole term ("soft" is not in "Microsoft"; contains_cs finds it), a string is never null
# (isempty() tells), and T-SQL has no OFFSET (learn.microsoft.com/kusto/query, "String
# operators", "Null values", "T-SQL").
#
# Seen: kustokql writes distinct customers as all rows, all groups instead of those with
# HAVING, and LIKE '%soft%' as has_cs. IS NULL on text becomes isnull(), which is false for
# every row. In both dialects OFFSET is left out, so that every page is the first.
#
# Why it matters: Superset and other tools for dashboards over Log Analytics and Azure Data
# Explorer ask with it. A count of customers becomes a count of rows, a list of those with
# more than five failures has everybody, a search misses customers, and an export in pages
# has the same rows again and again. What helps: write the KQL yourself as text, or use
# kustosql without OFFSET; check a query with compile(), as below.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
timeout 300 venv/bin/pip install -q sqlalchemy-kusto==3.1.2 SQLAlchemy==1.4.54

cat >ask.py <<'PY'
from sqlalchemy import Column, MetaData, String, Table, create_engine, func, select

tenant = Table("Failures", MetaData(), Column("Tenant", String)).c.Tenant
queries = {
    "distinct": select(tenant).distinct(),
    "having": select(tenant, func.count().label("n")).group_by(tenant).having(func.count() > 5),
    "like": select(tenant).where(tenant.like("%soft%")),
    "null": select(tenant).where(tenant.is_(None)),
    "page 3": select(tenant).limit(100).offset(200),
}
for dialect in "kustokql", "kustosql":
    # Nothing is sent.
    engine = create_engine(f"{dialect}+https://cluster.kusto.windows.net/reports?msi=False")
    for name, query in queries.items():
        text = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
        print(f"{dialect}, {name}: {' '.join(text.split())}")
PY

timeout 60 venv/bin/python ask.py 2>errors | tee seen || { cat errors; exit 1; }

diff - seen <<'SEEN'
kustokql, distinct: ["Failures"] | project ["Tenant"]
kustokql, having: ["Failures"] | summarize ["n"] = count() by ["Tenant"] | project ["Tenant"], ["n"]
kustokql, like: ["Failures"] | where ["Tenant"] has_cs 'soft' | project ["Tenant"]
kustokql, null: ["Failures"] | where isnull(["Tenant"]) | project ["Tenant"]
kustokql, page 3: ["Failures"] | project ["Tenant"] | take 100
kustosql, distinct: SELECT DISTINCT "Failures"."Tenant" FROM "Failures"
kustosql, having: SELECT "Failures"."Tenant", count(*) AS n FROM "Failures" GROUP BY "Failures"."Tenant" HAVING count(*) > 5
kustosql, like: SELECT "Failures"."Tenant" FROM "Failures" WHERE "Failures"."Tenant" LIKE '%%soft%%'
kustosql, null: SELECT "Failures"."Tenant" FROM "Failures" WHERE "Failures"."Tenant" IS NULL
kustosql, page 3: SELECT TOP 100 "Failures"."Tenant" FROM "Failures"
SEEN
