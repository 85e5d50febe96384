// Every command that a document tells people to run is understood by what runs it:
// bash, PowerShell's grammar, the Azure CLI, Power Query. Nothing is run.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { blocks, files, read } from "./documents.mjs";

const require = createRequire(import.meta.url);
const { DefaultSettings, TaskUtils } = require("@microsoft/powerquery-parser");
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const all = files(".md").flatMap((name) => blocks(read(name)).found.map((block) => ({ ...block, where: name })));
const of = (...languages) => all.filter(({ language }) => languages.includes(language));

function run(program, args, input, options) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, encoding: "utf8", timeout: 120_000, ...options });
  if (error) throw error;
  return { status, stdout, stderr };
}

const python = (script, input, environment = ".venv") => {
  const { status, stdout, stderr } = run(here(`${environment}/bin/python`), [here(script)], JSON.stringify(input), {
    env: { ...process.env, AZURE_CONFIG_DIR: join(tmpdir(), "az-of-test-docs"), AZURE_CORE_COLLECT_TELEMETRY: "no" },
  });
  assert.equal(status, 0, stderr);
  return { answer: JSON.parse(stdout), stderr };
};

const bashRefuses = (text) => run("bash", ["-n"], text).stderr;

for (const { where, line, text } of of("sh", "bash", "shell")) {
  test(`${where}, line ${line}, is bash`, () => assert.equal(bashRefuses(text), ""));
}

for (const { where, line, text } of of("powerquery")) {
  test(`${where}, line ${line}, is Power Query`, async () => assert.equal(await queryRefuses(text), undefined));
}

async function queryRefuses(text) {
  const whole = await TaskUtils.tryLexParse(DefaultSettings, text);
  if (!TaskUtils.isError(whole)) return undefined;
  const steps = await TaskUtils.tryLexParse(DefaultSettings, `let\n${text.replace(/,\s*$/, "")}\nin 0`); // of a query that is there
  return TaskUtils.isError(steps) ? whole.error.message : undefined;
}

const { mistakes, az } = python("powershell.py", of("powershell")).answer;

test("every PowerShell block is understood", () => assert.deepEqual(mistakes, []));

for (const name of ["docs/deploy.md", "docs/operate.md", "docs/try-it.md"]) {
  test(`${name} has PowerShell next to every bash block`, () => {
    const found = blocks(read(name)).found;
    const alone = found.filter(({ language }, i) => language === "sh" && found[i + 1]?.language !== "powershell");
    assert.deepEqual(alone.map(({ line }) => line), []);
  });
}

// The arguments of every az command of a bash script, which is run where there is no
// other program, and az only notes what it is given.
function azOf({ where, line, text }) {
  const dir = mkdtempSync(join(tmpdir(), "test-docs-"));
  try {
    writeFileSync(join(dir, "noted"), "");
    const notes = `PATH=/nowhere
      command_not_found_handle() { echo 2030-01-01T00:00:00Z; } # for what only a run would know
      az() { local IFS=$'\\x1f'; printf '%s\\x1e' "$*" >>"$NOTED"; command_not_found_handle; }
    `;
    run("bash", ["--norc"], notes + text, { cwd: dir, env: { PATH: process.env.PATH, NOTED: join(dir, "noted") } });
    const noted = readFileSync(join(dir, "noted"), "utf8").split("\x1e").slice(0, -1);
    return noted.map((args) => ({ where: `${where}:${line}`, args: args.split("\x1f") }));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

// Blocks that define what others call, such as role, come first in a document.
const bashAz = () => [...new Set(of("sh").map(({ where }) => where))].flatMap((name) => {
  const texts = of("sh").filter(({ where }) => where === name);
  return azOf({ where: name, line: texts[0].line, text: texts.map(({ text }) => text).join("\n") });
});

test("every az command is one of the Azure CLI's", () => {
  const commands = [...bashAz(), ...az];
  const written = all.filter(({ language }) => ["sh", "powershell"].includes(language)).flatMap(({ text }) => text.match(/\baz (?=[a-z])/g) ?? []);
  assert.ok(commands.length > 20 && commands.length >= written.length / 2, `${commands.length} commands of ${written.length}`);
  const { answer, stderr } = python("az.py", commands, ".venv-az");
  assert.deepEqual(answer, [], stderr);
});

test("a mistake is noticed", async () => {
  assert.match(bashRefuses("if true; then"), /unexpected end of file/);
  assert.ok(await queryRefuses("let a = in a"));
  const script = { where: "a", line: 1, text: "az group list --query 'x'\nterraform -chdir=infra apply\n$a = (1" };
  const seen = python("powershell.py", [script]).answer;
  assert.ok(seen.mistakes.length > 0 && seen.mistakes.every((mistake) => /^a:[23]: /.test(mistake)), seen.mistakes.join("\n"));
  assert.deepEqual(seen.az[0].args, ["group", "list", "--query", "x"]);
  const commands = azOf({ where: "b", line: 1, text: 'A=$(az group list -o tsv)\naz group lst\nfor n in 1 2; do az group show --nmae "$n"; done' });
  assert.equal(commands.length, 4);
  assert.equal(python("az.py", commands, ".venv-az").answer.length, 3);
});
