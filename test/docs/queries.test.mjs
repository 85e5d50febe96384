// Every KQL query of the alarms and the documents is one that Azure can run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blocks, files, read } from "./documents.mjs";
import { mistakes, tableNames } from "./kql.mjs";

// What alarms.tf fills in.
const values = { reports: '["access","mailbox-activity"]', fresh_hours: "25" };

for (const name of files(".kql")) {
  test(`${name} is a query`, () => {
    const query = read(name).replace(/\$\{(\w+)\}/g, (placeholder, key) => values[key] ?? placeholder);
    assert.deepEqual(mistakes(query), []);
  });
}

const isQuery = ({ language }) => language === "kusto" || language === "kql";

for (const name of files(".md")) {
  for (const { line, text } of blocks(read(name)).found.filter(isQuery)) {
    test(`${name}, line ${line}, is a query`, () => assert.deepEqual(mistakes(text, line), []));
  }
}

// A table and its pipe, or a step of its own, but no row of a Markdown table.
const step = "(?:where|extend|project|summarize|union|join|distinct|count|order by|sort by|top|take|mv-expand|parse)";
const hidden = new RegExp(`\\b(?:${tableNames.join("|")})\\)?\\s*\\|\\s*\\w|(?:^|[\\w)]) *\\| *${step}(?![-\\w])(?![^\\n]*\\|\\s*$)`, "m");

// Beside the blocks that are parsed: prose, and blocks of another language or none.
function unparsed(markdown) {
  const { found, left } = blocks(markdown);
  return [left, ...found.filter((block) => !isQuery(block)).map(({ text }) => text)];
}

test("every query is where it is parsed: in a document in a block of the language kusto, in infra in a separate file", () => {
  for (const name of files(".md")) for (const text of unparsed(read(name))) assert.doesNotMatch(text, hidden, name);
  for (const name of [...files(".tf"), ...files(".yaml")]) assert.doesNotMatch(read(name), hidden, name);
});

test("a query is found wherever it is", () => {
  const fence = "```";
  for (const hiding of [
    `${fence}\nAppTraces\n| where true\n${fence}`,
    `${fence}text\nSomethingNew\n| summarize count()\n${fence}`,
    `~~~ sh\naz monitor log-analytics query --analytics-query "AppTraces | take 5"\n~~~`,
    "So:\n\n    union (AppTraces), (AppRequests)\n    | project TimeGenerated\n",
    "Ask `AppRequests | count`.",
  ]) {
    assert.ok(unparsed(hiding).some((text) => hidden.test(text)), hiding);
  }
  const table = "| what | do |\n|---|---|\n| where nothing came | wait |\n";
  assert.ok(!unparsed(`${table}\nSee \`AppTraces\`.\n${fence}sh\nls | sort\n${fence}`).some((text) => hidden.test(text)));
});

test("what Azure would refuse is noticed", () => {
  for (const [wrong, complaint] of [
    ["AppTraces | extend line = parse_json(Message) | project tostring(line.date)", /'date' is intended be used as the name/],
    ["AppTraces | summarize last = max(TimeGenerated)", /'last' needs to be bracketed/],
    ["AppTraces | where Mesage has 'x'", /'Mesage' does not refer to any known column/],
    ["AppTraces | where TimeGenerated > 5", /not defined for the operand types/],
    ["AppTraces | summarize make_sets(Message)", /'make_sets' does not refer to any known function/],
    ["union isfuzzy=true (AppTraces), (AppTrace)", /'AppTrace' does not refer to any known/],
    ["AppTraces\n| where Message ==", /^line 8: /],
  ]) {
    assert.match(mistakes(wrong, 7).join("\n"), complaint, wrong);
  }
});
