"use strict";

// What is under way is drawn anew every two seconds, and read out at each
// quarter of the way. Once it is over the page loads anew, but not under
// somebody's hands.
const status = document.getElementById("status");

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(old.id);
    if (answer.ok && !fresh) {
      const busy = document.querySelector(":popover-open, input:focus, details[open]");
      if (busy) old.textContent = "It is over. Load the page anew to see what came of it.";
      else location.reload();
      return;
    }
    if (!fresh) return;
    if (fresh.dataset.quarter !== old.dataset.quarter) status.textContent = fresh.querySelector("label").textContent;
    old.replaceWith(fresh);
  }
}

if (document.querySelector("[data-live]")) {
  setInterval(() => refresh().catch(() => {}), 2000);
}

// A rerun is asked for without leaving the page, so that a refusal is told here:
// a browser shows nothing of the host's 401.
for (const form of document.querySelectorAll("form.rerun")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const says = form.querySelector("[role=alert]");
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    says.textContent = await ask(form);
    button.disabled = false;
  });
}

async function ask(form) {
  const { reports, date, scope } = Object.fromEntries(new FormData(form));
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json" },
      body: JSON.stringify({ reports: [reports], date, scope }),
    });
    if (answer.status === 401) {
      return "Your key opens the reading of runs, not reruns. Ask whoever has the key of reruns.";
    }
    const said = await answer.json();
    if (!answer.ok) return said.error.message;
    location.assign(form.dataset.then);
    return "Asked.";
  } catch {
    return "There was no answer. Try again.";
  }
}
