"use strict";

// The progress of a run is updated every two seconds, and read out at each
// quarter. When the run has ended, the page reloads, unless somebody is using it.
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

if (document.querySelector("[data-live]")) {
  setInterval(() => refresh().catch(() => {}), 2000);
}

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
  const { reports, ...rest } = Object.fromEntries(new FormData(form));
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json" },
      body: JSON.stringify({ reports: [reports], ...rest }),
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
