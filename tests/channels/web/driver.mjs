// Runs scenarios in one Chromium: a line of JSON comes in, a line of JSON with what was seen goes out.
// What was seen is judged by the tests in Python.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import * as scenarios from "./scenarios.mjs";

const TIMEOUT = 30_000; // Milliseconds for one step.
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const browser = await chromium.launch({
  executablePath: process.argv[2],
  args: [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    // Whatever the browser itself would like to fetch: there is nobody but this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ],
});

/** Runs before the page's own scripts: storage is refused, violations of the policy are kept. */
function prepare(refused) {
  for (const name of refused) {
    Object.defineProperty(window, name, {
      get() {
        throw new DOMException("No storage here.", "SecurityError");
      },
    });
  }
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
}

async function axe(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" | ")}`);
}

async function run({ scenario, url, options }) {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    colorScheme: options.scheme ?? "light",
    locale: options.locale ?? "en-GB",
    hasTouch: options.touch ?? false,
    isMobile: options.touch ?? false,
    reducedMotion: options.moves ? "no-preference" : "reduce",
    javaScriptEnabled: options.scripts ?? true,
    deviceScaleFactor: options.scale ?? 1,
  });
  context.setDefaultTimeout(TIMEOUT);
  const seen = { requests: [], console: [], failures: [], axe: [], violations: [], cookies: [] };
  seen.overflow = 0;
  context.on("request", (request) => seen.requests.push(request.url()));
  const refused = ["localStorage", "indexedDB", "caches", ...(options.refused ?? [])];
  await context.addInitScript(prepare, refused);
  context.on("console", (one) => {
    if (one.type() === "error" || one.type() === "warning") seen.console.push(one.text());
  });
  context.on("weberror", (one) => seen.failures.push(String(one.error())));
  const page = await context.newPage();
  try {
    await page.goto(url + (options.hash ?? ""));
    seen.result = await scenarios[scenario](page, options, { context, axe: () => axe(page) });
    if (options.scripts !== false && !page.isClosed()) {
      seen.axe = await axe(page);
      seen.violations = await page.evaluate(() => window.violations);
      seen.cookies = await context.cookies();
      const width = "document.scrollingElement.scrollWidth - document.documentElement.clientWidth";
      seen.overflow = await page.evaluate(width);
    }
    if (options.picture) await page.screenshot({ path: options.picture });
  } finally {
    await context.close();
  }
  return seen;
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    answer = await run(JSON.parse(line));
  } catch (failure) {
    answer = { failed: String(failure.stack ?? failure) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();
