"use strict";

const status = document.getElementById("status"); // what is read out

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
