// A whole place to look at the page in: make dev, without what takes time, and
// Debian's Chromium.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

// How many nights there were before.
export const nights = 5;
export const root = fileURLToPath(new URL("../..", import.meta.url));

// The page is of one day, and nobody can ask for yesterday's: it waits for midnight if that
// would come in the middle of the tests.
const day = 86_400_000;
const longest = 150_000;

// The demo's own binary, not `go run`, which would not pass on a signal.
export async function startPlace({ customers = 60, reports = 3, before = nights } = {}) {
  const left = day - (Date.now() % day);
  if (left < longest) await setTimeout(left);
  const scratch = mkdtempSync(join(tmpdir(), "tenant-rollup-page-"));
  const binary = join(scratch, "demo");
  const built = spawnSync("go", ["build", "-o", binary, "./internal/cmd/demo"], { cwd: root, encoding: "utf8" });
  if (built.status !== 0) throw new Error(`build the demo: ${built.error ?? built.stderr}`);
  const demo = spawn(binary, ["-quick", "-stay", "-customers", String(customers), "-concurrency", "10", "-reports", String(reports), "-nights", String(before)], {
    cwd: root,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [demo.stdout, demo.stderr]) stream.on("data", (text) => (said += text));

  // until returns what the expression finds in what the demo has said since.
  const until = async (expression, since, seconds) => {
    const found = () => said.slice(since).match(expression);
    const end = Date.now() + seconds * 1000;
    while (!found()) {
      if (demo.exitCode !== null || Date.now() > end) throw new Error(`the demo has not said ${expression}:\n${said}`);
      await setTimeout(100);
    }
    return found();
  };
  const close = async () => {
    if (demo.exitCode === null) {
      demo.kill("SIGTERM");
      await once(demo, "exit");
    }
    rmSync(scratch, { recursive: true, force: true });
  };
  try {
    const reader = (await until(/reader +(http\S+)\n/, 0, 150))[1];
    const operator = (await until(/operator +(http\S+)\n/, 0, 5))[1];
    const order = async (word) => {
      const since = said.length;
      demo.stdin.write(word + "\n");
      await until(new RegExp(`Done: ${word}\\.`), since, 20);
    };
    return { reader, operator, order, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
}
