import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { nights as earlier, root, startBrowser, startPlace } from "./place.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf8");
const report = "mailbox-activity";

let place, browser;
before(async () => {
  place = await startPlace();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await place?.close();
});

// What no page may do: an error in its console, or a call to anywhere else.
const wrong = [];
const contexts = [];
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
  assert.deepEqual(wrong.splice(0), []);
});

async function open(address, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1000, height: 800 },
    ignoreHTTPSErrors: true, // Azurite's certificate is of the simulated cloud's own authority
    ...options,
  });
  contexts.push(context);
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("dialog", (dialog) => wrong.push(`dialog ${dialog.message()}`) && dialog.dismiss());
  page.on("console", (said) => said.type() === "error" && !said.text().startsWith("Failed to load resource") && wrong.push(said.text()));
  page.on("request", (request) => new URL(request.url()).hostname !== "127.0.0.1" && wrong.push(`request to ${request.url()}`));
  await page.goto(address);
  return page;
}

// openRun goes the way of a person: to the report, and to its newest run.
async function openRun(address, options) {
  const page = await open(address, options);
  await page.locator(`#report-${report} .name`).click();
  await page.getByRole("link", { name: "Newest run" }).click();
  await page.waitForLoadState(); // a click waits only until the answer begins
  return page;
}

// Both schemes, as people with either see the page.
async function assertAccessible(page) {
  await page.waitForLoadState();
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    // Through the debugger: the page's own policy lets no other script in.
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    const found = violations.map((v) => `${colorScheme} ${v.id}: ${v.nodes.map((n) => n.html).join(" ")}`);
    assert.deepEqual(found, []);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

const verdict = (page) => page.locator("main > .says");

async function download(page, name) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name }).click()]);
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), "utf8") };
}

// The customers that have rows.
const tenants = (csv) => new Set(csv.split("\r\n").slice(1, -1).map((row) => row.slice(0, row.indexOf(","))));

test("the morning says in one sentence whether everything is there, and then which customers need attention", async () => {
  const page = await open(place.reader);
  const sentence = page.getByRole("heading", { level: 1 });
  assert.equal(await sentence.innerText(), "3 reports, 59 customers: all there but 8 customers.");
  const titles = await page.locator(".group h3").allInnerTexts();
  assert.match(titles[0], /Consent missing/);
  assert.match(titles.at(-1), /Malformed report/);
  const consent = await page.getByRole("link", { name: "consent address" }).first().getAttribute("href");
  assert.match(consent, /^https:\/\/login\.microsoftonline\.com\/[0-9a-f-]{36}\/adminconsent\?client_id=/);
  await assertAccessible(page);
});

test("pointer and arrow keys describe a night, with one tab stop per report", async () => {
  const page = await open(place.reader);
  const row = page.locator(`#report-${report}`);
  const says = row.locator(".says");
  const today = await says.innerText();
  const words = (await row.getAttribute("data-words")).split("\n");
  assert.equal(words.length, 30);
  await row.focus();
  const told = [];
  for (let i = 0; i <= earlier + 1; i++) {
    await page.keyboard.press("ArrowLeft");
    told.push(await says.innerText());
  }
  assert.match(told[0], /: 8 of 60 customers failed$/);
  assert.match(told[2], /: A run was due, but there is none$/);
  assert.match(told[earlier], / of 60 customers /);
  assert.match(told[earlier + 1], /: No run$/);
  assert.equal(await page.getByRole("status").textContent(), told[earlier + 1]);
  await page.keyboard.press("Tab");
  assert.equal(await says.innerText(), today);
  assert.equal(await page.evaluate(() => document.activeElement.id.startsWith("report-")), true);
  const box = await row.locator(".strip").boundingBox();
  await page.mouse.move(box.x + box.width - 4, box.y + 10);
  assert.match(await says.innerText(), /: 8 of 60 customers failed$/);
  await page.mouse.click(box.x + box.width - 4, box.y + 10);
  await page.waitForURL(new RegExp(`/${report}/\\d{4}-\\d{2}-\\d{2}\\?code=`));
});

test("a report shows its nights, its numbers as plots, and the same as a table", async () => {
  const page = await open(place.reader);
  await page.locator(`#report-${report} .name`).click();
  await page.waitForLoadState();
  const plots = page.getByRole("img");
  assert.equal(await plots.count(), 3);
  assert.match(await plots.first().locator("desc").textContent(), /^Customers with data by night: between \d+ and \d+; 49 last\./);
  assert.equal(await page.getByRole("row").count(), 1 + 1 + earlier);
  await assertAccessible(page);
  await page.getByRole("link", { name: "a year" }).click();
  assert.equal((await page.locator(`#report-${report}`).getAttribute("data-words")).split("\n").length, 366);
  await assertAccessible(page);
});

test("a run says which customers have no data, why, what to do and since when", async () => {
  const page = await openRun(place.reader);
  assert.match(await verdict(page).innerText(), /8 of 60 customers failed/);
  await page.getByText("Have an administrator of the customer open the customer's consent address and accept.", { exact: true }).waitFor();
  assert.match(await page.locator(".group").first().innerText(), /since \d+ [A-Z]/);
  await page.getByRole("searchbox", { name: /Find a customer/ }).fill("litware");
  await page.keyboard.press("Enter");
  await page.getByText(/\d+ of 11 customers without data/).waitFor();
  await page.getByRole("link", { name: "Show all" }).click();
  await page.getByRole("link", { name: "Consent missing" }).click();
  await page.getByText(/3 of 11 customers without data/).waitFor();
  await assertAccessible(page);
});

test("a customer has a page, with its class in each report and the way back", async () => {
  const page = await open(place.reader);
  const name = page.locator(".who a").first();
  const called = await name.innerText();
  await name.click();
  await page.waitForLoadState();
  assert.equal(await page.getByRole("heading", { level: 1 }).innerText(), called);
  await page.getByText("Last GDAP relationship").waitFor();
  assert.equal(await page.locator("a.row").count(), 3);
  await assertAccessible(page);
  await page.getByRole("link", { name: "Customers", exact: true }).click();
  await page.getByRole("heading", { name: "Customers without data" }).waitFor();
  await assertAccessible(page);
});

test("the list of customers can be passed on as an address, and as a table", async () => {
  const page = await open(place.reader.replace("?", "?by=customer&class=consent-missing&find=example&"));
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download this list as CSV" }).click()]);
  assert.match(file.suggestedFilename(), /^customers_\d{4}-\d{2}-\d{2}\.csv$/);
  const rows = readFileSync(await file.path(), "utf8").trimEnd().split("\r\n");
  assert.equal(rows.length - 1, await page.locator(".who li").count());
  assert.ok(rows.slice(1).every((row) => row.includes("consent-missing") && row.includes("https://login.microsoftonline.com/")));
});

test("markup in a customer's name is only text", async () => {
  const page = await openRun(place.reader);
  await page.getByText('<script>alert("Litware")</script>', { exact: true }).click();
  await page.getByRole("heading", { level: 1, name: '<script>alert("Litware")</script>' }).waitFor();
  assert.equal(await page.locator("main script").count(), 0);
});

test("links carry the key, and it is nowhere else", async () => {
  const page = await openRun(place.reader);
  const code = new URL(place.reader).searchParams.get("code");
  assert.equal(new URL(page.url()).searchParams.get("code"), code);
  assert.equal((await page.locator("body").innerText()).includes(code), false);
});

test("a reader's key downloads, and is offered nothing that it may not do", async () => {
  const page = await openRun(place.reader);
  const csv = await download(page, "Download CSV");
  assert.match(csv.name, new RegExp(`^${report}_\\d{4}-\\d{2}-\\d{2}\\.csv$`));
  assert.match(csv.text, /^\ufeffCustomer Tenant Id,/);
  const log = await download(page, "Download error log");
  assert.equal(log.text.split("\n").length, 1 + 11 + 1);
  await page.getByText("With your key you can view runs but not ask for them.").waitFor();
  assert.equal(await page.getByRole("button", { name: /Rerun/ }).count(), 0);
  await assertAccessible(page);
});

test("a refusal is a page in plain words, with a way back", async () => {
  const page = await open(place.reader.replace("/api/runs", `/api/runs/${report}/2026-01-01`));
  await page.getByRole("heading", { name: `There is no run of ${report} on 1 January 2026` }).waitFor();
  await assertAccessible(page);
  await page.getByRole("link", { name: `All nights of ${report}` }).click();
  await page.getByRole("heading", { name: report }).waitFor();
});

test("everything works from the keyboard", async () => {
  const page = await open(place.operator);
  const press = async (key, times = 1) => {
    for (let i = 0; i < times; i++) await page.keyboard.press(key);
  };
  const focused = () => page.evaluate(() => document.activeElement.innerText);
  const tabTo = async (text) => {
    for (let i = 0; i < 60 && !(await focused()).startsWith(text); i++) await press("Tab");
    assert.ok((await focused()).startsWith(text), `${text} is not reached with Tab`);
  };
  await press("Tab");
  assert.equal(await focused(), "Skip to the content");
  await tabTo(report);
  await press("ArrowLeft");
  await press("Enter");
  await page.waitForURL(/\d{4}-\d{2}-\d{2}/);
  await tabTo("Rerun failed");
  await press("Enter");
  assert.equal(await focused(), "Yes, start");
  await page.getByRole("dialog", { name: "Rerun the customers without data?" }).waitFor();
  await assertAccessible(page);
  await press("Escape");
  assert.equal(await focused(), "Rerun failed …");
});

test("it fits a phone", async () => {
  for (const width of [320, 390]) {
    const page = await open(place.operator, { viewport: { width, height: 700 } });
    const fits = async () => {
      await page.waitForLoadState();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, page.url());
    };
    await fits();
    for (const query of ["?by=customer&", `?report=${report}&nights=366&`, `/${report}/latest?`]) {
      await page.goto(place.operator.replace("?", query));
      await fits();
    }
    await page.locator(".who a").first().click();
    await fits();
  }
});

test("times are shown in the browser's time zone, too", async () => {
  const page = await openRun(place.reader, { timezoneId: "Asia/Tokyo" });
  assert.match(await page.locator(".facts").innerText(), /ended \d+ [A-Z][a-z]+, \d\d:\d\d UTC \(\d\d:\d\d in your zone\)/);
});

test("a customer can be asked again from its page", async () => {
  const page = await open(place.operator);
  await page.locator(".who a").first().click();
  await page.getByRole("button", { name: "Ask again" }).click();
  await assertAccessible(page);
  const [asked] = await Promise.all([
    page.waitForRequest((request) => request.method() === "POST" && request.postData()?.includes("customers")),
    page.waitForEvent("load"), // the page opens itself anew once the rerun is queued
    page.getByRole("button", { name: "Yes, start" }).click(),
  ]);
  const { customers, reports, scope } = asked.postDataJSON();
  assert.deepEqual([customers.length, reports.length, scope], [1, 3, "failed"]);
  assert.equal((await asked.response()).status(), 202);
  for (const name of reports) {
    const run = await open(place.operator.replace("?", `/${name}/latest?`)); // the other may open itself anew at any time
    await run.locator("main > .says", { hasText: /of 60 customers failed/ }).waitFor(); // it is asked by now, and refuses still
  }
});

test("a rerun of the failed turns red customers green, and fills the file", async () => {
  await place.order("mend");
  const page = await openRun(place.operator);
  const before = tenants((await download(page, "Download CSV")).text);
  await page.getByRole("button", { name: "Rerun failed" }).click();
  await page.getByRole("button", { name: "Yes, start" }).click();
  await page.getByText("59 of 60 customers have data, 1 excluded").waitFor();
  await page.waitForLoadState();
  assert.deepEqual(await page.locator(".group h3").allInnerTexts(), [" Excluded"]);
  const after = tenants((await download(page, "Download CSV")).text);
  assert.equal(before.size, 49);
  assert.equal(after.size, 59);
  assert.ok([...before].every((id) => after.has(id)));
});

test("a run under way is shown live", async () => {
  await place.order("hold");
  const page = await openRun(place.operator);
  const nights = await open(place.reader);
  await page.getByRole("button", { name: "Rerun all" }).click();
  await page.getByRole("button", { name: "Yes, start" }).click();
  const bar = page.getByRole("progressbar");
  await bar.waitFor();
  await nights.reload();
  await nights.getByRole("progressbar").waitFor();
  // Nothing is touched from here: the page goes on by itself.
  await page.locator(".progress label", { hasText: /^[1-9]\d* of 60 customers done/ }).waitFor();
  assert.match(await page.locator(".progress").innerText(), /a second, about .* left/);
  assert.match(await page.getByRole("status").textContent(), /customers done/);
  await assertAccessible(page);
  await place.order("mend");
  await page.getByText("59 of 60 customers have data, 1 excluded").waitFor();
  await nights.locator(`#report-${report} .mark.good`).waitFor();
});

test("everything works without scripts", async () => {
  const page = await openRun(place.operator, { javaScriptEnabled: false });
  await page.getByRole("button", { name: "Rerun all" }).click();
  await page.getByRole("button", { name: "Yes, start" }).click();
  await page.getByRole("heading", { name: "Queued" }).waitFor();
  await page.getByRole("link", { name: report }).click();
  await page.getByText("59 of 60 customers have data, 1 excluded").waitFor();
  await page.getByRole("link", { name: "All nights" }).click();
  await page.getByRole("row").nth(2).getByRole("link").click();
  await page.getByRole("heading", { name: report }).waitFor();
  await page.getByRole("link", { name: "Customers", exact: true }).click();
  await page.getByRole("searchbox").fill("excluded");
  await page.keyboard.press("Enter");
  await page.locator(".who a").first().click();
  await page.getByRole("heading", { name: "Its nights" }).waitFor();
});

// Pictures for people, redrawn only on request.
const pictures = async () => {
  const big = await startPlace({ customers: 300, reports: 30, before: 60 });
  const views = {
    morning: "?",
    report: "?report=mail-activity&nights=60&",
    run: `/${report}/latest?`,
    customers: "?by=customer&",
  };
  try {
    for (const [scheme, width, height] of [["light", 1440, 960], ["dark", 1440, 960], ["light", 390, 844], ["dark", 390, 844]]) {
      const page = await open(big.operator, { viewport: { width, height }, colorScheme: scheme });
      const suffix = (width < 500 ? "-phone" : "") + (scheme === "dark" ? "-dark" : "");
      const shoot = async (name) => {
        await page.waitForTimeout(500);
        await page.screenshot({ path: join(root, "docs/images", `${name}${suffix}.png`) });
      };
      for (const [name, query] of Object.entries(views)) {
        await page.goto(big.operator.replace("?", query));
        await shoot(name);
      }
      await page.locator(".who a").first().click();
      await shoot("customer");
    }
  } finally {
    await big.close();
  }
};
if (process.env.UPDATE_IMAGES) test("pictures", pictures);
