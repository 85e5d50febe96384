"""A Log Analytics workspace of a moment: answers KQL queries over rows handed in.

Each line that comes in is a question, {"now", "query", "tables": {name: [row]}}, and
each line that goes out its answer, {"rows": [row]} or {"error"}. A table that is not
handed in does not exist, as in Azure before its first row; one that is has the
columns of tables.json.
"""

import json
import sys
from pathlib import Path

import duckdb
import duckdb_kql

TYPES = {
    "bool": "BOOLEAN",
    "datetime": "TIMESTAMP",
    "dynamic": "JSON",
    "int": "INTEGER",
    "long": "BIGINT",
    "real": "DOUBLE",
    "string": "VARCHAR",
}
COLUMNS = json.loads(Path(__file__).with_name("tables.json").read_text())["tables"]


def answer(now, query, tables):
    with duckdb_kql.connect() as workspace:
        for name, rows in tables.items():
            columns = ", ".join(f'"{column}" {TYPES[kind]}' for column, kind in COLUMNS[name].items())
            workspace.execute(f'CREATE TABLE "{name}" ({columns})')
            for row in rows:
                given = ", ".join(f'"{column}"' for column in row)
                workspace.execute(f'INSERT INTO "{name}" ({given}) VALUES ({", ".join("?" * len(row))})', list(row.values()))
        result = duckdb_kql.query(workspace, f"set query_now = datetime({now});\n{query}")
        return [dict(zip(result.columns, row)) for row in result.fetchall()]


for line in sys.stdin:
    try:
        reply = {"rows": answer(**json.loads(line))}
    except (duckdb.Error, duckdb_kql.KqlError) as error:
        reply = {"error": str(error)}
    print(json.dumps(reply, default=str), flush=True)
