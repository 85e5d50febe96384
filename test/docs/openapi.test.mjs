// docs/openapi.yaml is a valid description, by Redocly's linter.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { read, root } from "./documents.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

function problems(document) {
  const linter = spawnSync(process.execPath, [here("node_modules/@redocly/cli/bin/cli.js"), "lint", "--config", here("redocly.yaml"), "--format", "json", document], {
    encoding: "utf8",
    env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
    timeout: 60_000,
  });
  assert.ok(linter.stdout.startsWith("{"), `${linter.error ?? ""}${linter.stdout}${linter.stderr}`);
  return JSON.parse(linter.stdout).problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0].pointer}`);
}

test("the linter finds nothing", () => assert.deepEqual(problems(join(root, "docs/openapi.yaml")), []));

test("it would find a comma that makes half a sentence a key", () => {
  const folder = mkdtempSync(join(tmpdir(), "tenant-rollup-openapi-"));
  try {
    const wrong = join(folder, "openapi.yaml");
    writeFileSync(wrong, read("docs/openapi.yaml").replace(/license: \{ .* \}/, "license: { name: MIT, or like it }"));
    assert.match(problems(wrong).join("\n"), /Property `or like it` is not expected here/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
