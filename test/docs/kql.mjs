// Microsoft's own parser of KQL, which knows the tables of tables.json.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
require("@kusto/language-service-next/bridge.min.js"); // the runtime of the next
require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");
const { GlobalState, KustoCode, Symbols } = globalThis.Kusto.Language;

const { tables } = require("./tables.json");
export const tableNames = Object.keys(tables);

// The library comes from C#: ctor and $ctor7 are constructors of its classes.
const symbols = Object.entries(tables).map(([name, columns]) => {
  const schema = Object.entries(columns).map((column) => column.join(": "));
  return new Symbols.TableSymbol.$ctor7(name, `(${schema.join(", ")})`, null);
});
const workspace = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor("workspace", symbols));

// What is wrong with a query, its first line being that of the given number. A table
// that a union may lack is a warning, and wrong too: nobody would miss its rows.
export function mistakes(query, firstLine = 1) {
  const found = KustoCode.ParseAndAnalyze(query, workspace).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, i) => found.getItem(i))
    .filter(({ Severity }) => Severity === "Error" || Severity === "Warning")
    .map(({ Start, Length, Code, Message }) => {
      const line = firstLine + query.slice(0, Start).split("\n").length - 1;
      return `line ${line}: ${Code} ${Message} ${JSON.stringify(query.slice(Start, Start + Length))}`;
    });
}
