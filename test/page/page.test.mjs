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

async function openRun(address, options) {
  const page = await open(address, options);
  await page.getByRole("link", { name: report, exact: true }).click();
  return page;
}

// Both schemes, as people with either see the page.
async function assertAccessible(page) {
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

// Pictures for people, drawn anew only where they are asked for.
async function picture(page, name) {
  if (!process.env.UPDATE_IMAGES) return;
  await page.screenshot({ path: join(root, "docs/images", `${name}.png`) });
}

const verdict = (page) => page.locator("main > .says");

async function download(page, name) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name }).click()]);
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), "utf8") };
}

// The customers that have rows.
const tenants = (csv) => new Set(csv.split("\r\n").slice(1, -1).map((row) => row.slice(0, row.indexOf(","))));

test("a strip tells of the last nights, the missing one too", async () => {
  const page = await open(place.reader);
  const nights = page.getByRole("list", { name: `Nights of ${report}` }).getByRole("listitem");
  assert.equal(await nights.count(), 30);
  const told = (await nights.allInnerTexts()).map((text) => text.replace(/^.*?: |\n.*$/gs, ""));
  assert.equal(told.at(-2 - earlier), "no run");
  assert.equal(told.at(-1 - earlier), "59 of 60 customers have data, 1 excluded");
  assert.equal(told.at(-1 - Math.floor(earlier / 2)), "A run was due, but there is none");
  assert.equal(told.at(-1), "8 of 60 customers failed");
  await assertAccessible(page);
  await page.setViewportSize({ width: 1000, height: 400 });
  await picture(page, "nights");
});

test("a run tells who has no data, why, what to do and since when", async () => {
  const page = await openRun(place.reader);
  assert.match(await verdict(page).innerText(), /8 of 60 customers failed/);
  await page.getByText("Have an administrator of the customer open the customer's consent address and accept.", { exact: true }).waitFor();
  assert.match(await page.locator("#consent-missing").innerText(), /since \d+ [A-Z]/);
  await page.getByRole("searchbox", { name: /Find a customer/ }).fill("litware");
  await page.keyboard.press("Enter");
  await page.getByText(/\d+ customers? found, of 11 without data/).waitFor();
  await page.getByRole("link", { name: "Show all" }).click();
  await assertAccessible(page);
  await picture(page, "run");
  await page.getByRole("heading", { name: "Customers without data" }).evaluate((heading) => heading.scrollIntoView());
  await picture(page, "customers");
});

test("a customer's name with markup is a name", async () => {
  const page = await openRun(place.reader);
  await page.getByText('<script>alert("Litware")</script>', { exact: true }).waitFor();
  assert.equal(await page.locator("main script").count(), 0);
});

test("the key is carried on, and stands nowhere else", async () => {
  const page = await openRun(place.reader);
  const code = new URL(place.reader).searchParams.get("code");
  assert.equal(new URL(page.url()).searchParams.get("code"), code);
  assert.equal((await page.locator("body").innerText()).includes(code), false);
});

test("a reader's key downloads, and is told that it does not rerun", async () => {
  const page = await openRun(place.reader);
  const csv = await download(page, "Download CSV");
  assert.match(csv.name, new RegExp(`^${report}_\\d{4}-\\d{2}-\\d{2}\\.csv$`));
  assert.match(csv.text, /^\ufeffCustomer Tenant Id,/);
  const log = await download(page, "Download error log");
  assert.equal(log.text.split("\n").length, 1 + 11 + 1);
  await page.getByRole("button", { name: "Rerun failed" }).click();
  await page.getByRole("button", { name: "Yes, start" }).click();
  await page.getByText("Your key can only view runs; ask an operator.").waitFor();
  await assertAccessible(page);
});

test("a refusal is a page", async () => {
  const page = await open(place.reader.replace("/api/runs", "/api/runs/nothing/2026-01-01"));
  await page.getByRole("heading", { name: "That did not work" }).waitFor();
  await assertAccessible(page);
});

test("all of it works from the keyboard", async () => {
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
  await press("Enter");
  await page.waitForURL(/\d{4}-\d{2}-\d{2}/);
  await tabTo("Rerun failed");
  await press("Enter");
  assert.equal(await focused(), "Yes, start");
  await page.getByRole("dialog", { name: "Rerun the customers without data?" }).waitFor();
  await assertAccessible(page);
  await picture(page, "ask");
  await press("Escape");
  assert.equal(await focused(), "Rerun failed …");
});

test("it fits a phone", async () => {
  for (const width of [320, 390]) {
    const page = await open(place.operator, { viewport: { width, height: 700 } });
    const surplus = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.equal(await surplus(), 0);
    await picture(page, "phone");
    await page.getByRole("link", { name: report, exact: true }).click();
    assert.equal(await surplus(), 0);
  }
});

test("a rerun of the failed turns red customers green, and fills the file", async () => {
  await place.order("mend");
  const page = await openRun(place.operator);
  const before = tenants((await download(page, "Download CSV")).text);
  await page.getByRole("button", { name: "Rerun failed" }).click();
  await page.getByRole("button", { name: "Yes, start" }).click();
  await page.getByText("59 of 60 customers have data, 1 excluded").waitFor();
  assert.deepEqual(await page.locator(".group h3").allInnerTexts(), [" Excluded 1 customer"]);
  const after = tenants((await download(page, "Download CSV")).text);
  assert.equal(before.size, 49);
  assert.equal(after.size, 59);
  assert.ok([...before].every((id) => after.has(id)));
});

test("a run that is on is seen live", async () => {
  await place.order("slow");
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
  await picture(page, "live");
  await page.getByText("59 of 60 customers have data, 1 excluded").waitFor();
  await nights.locator(".card .says .good").waitFor();
});

test("without scripts it does the same", async () => {
  await place.order("mend");
  const page = await openRun(place.operator, { javaScriptEnabled: false });
  await page.getByRole("button", { name: "Rerun all" }).click();
  await page.getByRole("button", { name: "Yes, start" }).click();
  await page.getByRole("heading", { name: "Queued" }).waitFor();
  await page.getByRole("link", { name: report }).click();
  await page.getByText("59 of 60 customers have data, 1 excluded").waitFor();
});
