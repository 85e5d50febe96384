"use strict";

// The progress of a run is updated every two seconds, on a page of many runs every
// ten, and read out at each quarter. When the run has ended, the page reloads, unless somebody is using it.
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
