// The repository's texts, and the blocks of code in its documents.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

const notOurs = new Set(["node_modules", "dist", "out"]);

// The files whose names end so, from the root, with slashes.
export function files(ending, folder = "") {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = folder + entry.name;
    if (entry.isDirectory()) return entry.name.startsWith(".") || notOurs.has(entry.name) ? [] : files(ending, name + "/");
    return name.endsWith(ending) ? [name] : [];
  });
}

export const read = (name) => readFileSync(join(root, name), "utf8");

// The fenced blocks of a Markdown text: language, line (of the first line within),
// text. What is left has the blocks' lines empty, so that lines keep their numbers.
export function blocks(markdown) {
  const found = [];
  const left = [];
  let open;
  for (const [i, line] of markdown.split("\n").entries()) {
    const fence = line.match(/^[\s>]*(`{3,}|~{3,})\s*([^\s`]*)/);
    if (!open && fence) {
      open = { fence: fence[1], language: fence[2].toLowerCase(), line: i + 2, lines: [] };
    } else if (open && fence?.[1].startsWith(open.fence) && !fence[2]) {
      found.push({ language: open.language, line: open.line, text: open.lines.join("\n") });
      open = undefined;
    } else if (open) {
      open.lines.push(line);
    }
    left.push(open || fence ? "" : line);
  }
  if (open) throw new Error(`the block at line ${open.line} does not end`);
  return { found, left: left.join("\n") };
}
