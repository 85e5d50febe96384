"use strict";

// The progress of a run is updated every two seconds, on a page of many runs every
// ten, and read out at each quarter. When the run has ended, the page reloads, unless somebody is using it.
const status = document.getElementById("status");

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(old.id);
    if (answer.ok && !fresh) {
      const busy = document.querySelector(":popover-open, input:focus, details[open]");
      if (busy) old.textContent = "The run has ended. Reload the page to see the result.";
      else location.reload();
      return;
    }
    if (!fresh) return;
    if (fresh.dataset.quarter !== old.dataset.quarter) status.textContent = fresh.querySelector("label").textContent;
    old.replaceWith(fresh);
  }
}

const pause = location.pathname === "/api/runs" ? 10_000 : 2_000;

function keepLive() {
  setTimeout(() => refresh().catch(() => {}).finally(keepLive), pause);
}

if (document.querySelector("[data-live]")) keepLive();

// A rerun is requested without leaving the page, so that a refusal can be shown
// here: the host's 401 has no body that a browser could show.
for (const form of document.querySelectorAll("form.rerun")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const message = form.querySelector("[role=alert]");
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    message.textContent = await request(form);
    button.disabled = false;
  });
}

async function request(form) {
  const data = new FormData(form);
  const fields = Object.fromEntries(data);
  for (const list of ["reports", "customers"]) if (data.has(list)) fields[list] = data.getAll(list);
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json" },
      body: JSON.stringify(fields),
    });
    if (answer.status === 401) {
      return "Your key can only view runs; ask an operator.";
    }
    const body = await answer.json();
    if (!answer.ok) return body.error.message;
    location.assign(form.dataset.then);
    return "Queued.";
  } catch {
    return "No answer arrived. Try again.";
  }
}

// Whoever may only view runs is not offered more. Only the host knows what a key
// opens, and tells by its answer to a request for nothing: 401 if the key does not
// open it, else 400.
const asks = document.querySelectorAll(".asks");

async function withdraw() {
  const code = new URL(location.href).searchParams.get("code");
  const address = "/api/runs" + (code ? "?" + new URLSearchParams({ code }) : "");
  const answer = await fetch(address, { method: "POST", headers: { Accept: "application/json" } });
  if (answer.status !== 401) return;
  const why = Object.assign(document.createElement("span"), { className: "small", textContent: "With your key you can view runs but not ask for them." });
  asks[0].before(why);
  for (const button of asks) button.remove();
}

if (asks.length) withdraw().catch(() => {});

// Times are shown in the browser's zone, too, if that is another one.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (new Date().getTimezoneOffset() !== 0) {
  for (const time of document.querySelectorAll("time[data-local]")) {
    const local = new Date(time.dateTime).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    time.after(` (${local} in your zone)`);
  }
  for (const note of document.querySelectorAll("[data-zone]")) note.textContent = ` Your zone is ${zone}.`;
}

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
