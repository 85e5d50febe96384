"use strict";

// A row of nights is one link, to its report. The pointer and the arrow keys
// choose a night of it: then the row says how that night went, and leads there.
for (const row of document.querySelectorAll("a.row")) nightsOf(row);

function nightsOf(row) {
  const strip = row.querySelector(".strip");
  const says = row.querySelector(".says");
  const newest = [...says.childNodes];
  const report = row.getAttribute("href");
  const words = row.dataset.words.split("\n");
  words.forEach((word, i) => (words[i] = word || words[i - 1]));
  const cursor = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of Object.entries({ class: "cursor", y: -1, width: 12, height: 32 })) cursor.setAttribute(name, value);
  let at = words.length; // behind the last night: the report itself

  function choose(night, aloud) {
    at = Math.max(0, Math.min(night, words.length));
    if (at === words.length) {
      cursor.remove();
      says.replaceChildren(...newest);
      row.href = report;
      return;
    }
    cursor.setAttribute("x", at * 12 - 1.5);
    strip.append(cursor);
    const date = new Date(row.dataset.from + "T00:00:00Z");
    date.setUTCDate(date.getUTCDate() + at);
    const text = `${date.toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" })}: ${words[at].slice(1)}`;
    says.replaceChildren(Object.assign(document.createElement("span"), { textContent: text }));
    const code = new URL(row.href).searchParams.get("code");
    row.href = words[at][0] === "+"
      ? `/api/runs/${row.dataset.report}/${date.toISOString().slice(0, 10)}${code ? "?" + new URLSearchParams({ code }) : ""}`
      : report;
    if (aloud) status.textContent = text;
  }

  row.addEventListener("pointermove", (event) => {
    const box = strip.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width;
    choose(x < 0 || x >= 1 || event.pointerType === "touch" ? words.length : Math.floor(x * words.length), false);
  });
  row.addEventListener("pointerleave", () => choose(words.length, false));
  row.addEventListener("blur", () => choose(words.length, false));
  row.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: words.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(to, true);
  });
}
