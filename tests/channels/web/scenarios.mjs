// What a person does on the page. Each function returns what a test wants to know.

const field = (page) => page.locator("#text");
const bots = (page) => page.locator(".message.bot");
const offers = (page) => page.locator("#suggestions button");

async function welcomed(page) {
  await bots(page).first().waitFor();
}

/** Asks and waits for the answer. */
async function ask(page, text) {
  const before = await bots(page).count();
  await field(page).fill(text);
  await page.keyboard.press("Enter");
  await bots(page).nth(before).waitFor();
}

/** Waits until scrolling has come to rest. */
async function still(page) {
  let last = null;
  for (let now = await page.evaluate("scrollY"); now !== last; ) {
    last = now;
    await page.waitForTimeout(150);
    now = await page.evaluate("scrollY");
  }
}

/** What has the focus, and whether one sees it. */
function focused(page) {
  return page.evaluate(() => {
    const one = document.activeElement;
    const ring = getComputedStyle(one.id === "text" ? one.form : one).outlineStyle;
    const name = one.id || one.getAttribute("aria-label") || one.textContent || one.tagName;
    return { name, visible: one.matches(":focus-visible") && ring !== "none" };
  });
}

/** The page at the beginning and after the given questions. */
export async function look(page, options, { axe }) {
  await welcomed(page);
  const first = await axe();
  for (const question of options.questions ?? []) await ask(page, question);
  await still(page);
  return {
    first,
    welcome: await bots(page).first().innerText(),
    last: await bots(page).last().innerText(),
    mine: await page.locator(".message.mine").allInnerTexts(),
    disclosure: await page.locator("#disclosure").innerText(),
    disclosed: await page.locator("#disclosure").evaluate((one) => {
      const box = one.getBoundingClientRect();
      return box.bottom <= innerHeight && box.top >= 0;
    }),
    offers: await offers(page).allInnerTexts(),
    ground: await page.evaluate(() => getComputedStyle(document.body).backgroundColor),
    links: await page.$$eval("#log a", (all) =>
      all.map(({ href, target, rel }) => ({ href, target, rel })),
    ),
    // Where the last question begins, once it was answered: below the header, in sight.
    top: await page.evaluate(() => {
      const mine = [...document.querySelectorAll(".mine")].at(-1);
      const header = document.querySelector("header").getBoundingClientRect();
      return mine ? mine.getBoundingClientRect().top - Math.max(header.bottom, 0) : null;
    }),
    moving: await page.evaluate(() => document.getAnimations().length),
  };
}

/** A conversation with the keyboard alone. */
export async function keyboard(page, options) {
  await welcomed(page);
  const order = [];
  for (let step = 0; step < 8; step += 1) {
    await page.keyboard.press("Tab");
    order.push(await focused(page));
    if (order.at(-1).name === "text") break;
  }
  await page.keyboard.type(options.question);
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("?");
  const typed = await field(page).inputValue();
  await page.keyboard.press("Enter");
  await bots(page).nth(1).waitFor();
  const afterSend = { focus: await focused(page), value: await field(page).inputValue() };
  await page.keyboard.press("Shift+Tab");
  const offer = await focused(page);
  await page.keyboard.press("Enter");
  await bots(page).nth(2).waitFor();
  await page.keyboard.press("Enter"); // Nothing is typed: nothing is sent.
  const mine = await page.locator(".message.mine p").allInnerTexts();
  return { order, typed, afterSend, offer, afterOffer: await focused(page), mine };
}

/** A suggestion is clicked or touched. */
export async function suggestion(page, options) {
  await welcomed(page);
  const offered = await offers(page).allInnerTexts();
  const first = offers(page).first();
  await (options.touch ? first.tap() : first.click());
  await bots(page).nth(1).waitFor();
  return {
    offered,
    mine: await page.locator(".message.mine p").allInnerTexts(),
    focus: (await focused(page)).name,
    next: await offers(page).allInnerTexts(),
  };
}

function wording(page) {
  return page.evaluate(() => ({
    language: document.documentElement.lang,
    hash: location.hash,
    title: document.title,
    send: document.getElementById("send").getAttribute("aria-label"),
    label: document.querySelector("label").textContent,
    disclosure: document.getElementById("disclosure").textContent,
    pressed: [...document.querySelectorAll("[aria-pressed=true]")].map((one) => one.value),
    welcome: document.querySelector(".bot")?.lang,
    messages: document.querySelectorAll(".message").length,
  }));
}

/** The language is switched at the beginning, kept over a reload, and switched in the middle. */
export async function languages(page, options) {
  await welcomed(page);
  const before = await wording(page);
  await page.locator("#languages button[value=sv]").click();
  await page.locator(".bot[lang=sv]").waitFor();
  const switched = await wording(page);
  await page.reload();
  await page.locator(".bot[lang=sv]").waitFor();
  const reloaded = await wording(page);
  await ask(page, options.question);
  await page.locator("#languages button[value=en]").click();
  return { before, switched, reloaded, later: await wording(page) };
}

/** Text that looks like markup is typed, and comes back in every place of an answer. */
export async function injection(page, options) {
  await welcomed(page);
  await ask(page, options.text);
  return {
    mine: await page.locator(".message.mine p").innerText(),
    answer: await bots(page).last().innerText(),
    offers: await offers(page).allInnerTexts(),
    made: await page.locator("main :is(img, script, b, iframe, svg, style)").count(),
    links: await page.$$eval("#log a", (all) => all.map((one) => one.href)),
  };
}

async function complained(page) {
  const error = page.locator("#error:not(:empty)");
  await error.waitFor();
  return {
    error: await error.innerText(),
    kept: await field(page).inputValue(),
    mine: await page.locator(".message.mine").count(),
    offers: await offers(page).count(),
    pending: await page.locator("#pending").innerText(),
  };
}

/** Questions until one is refused. */
export async function tooMany(page, options, { axe }) {
  await welcomed(page);
  for (let number = 0; number < options.allowed; number += 1) await ask(page, `Question ${number}`);
  await field(page).fill("One more");
  await page.keyboard.press("Enter");
  return { ...(await complained(page)), axe: await axe() };
}

/** The server fails, then works again, and the kept text is sent. */
export async function failing(page, options, { axe }) {
  await welcomed(page);
  await field(page).fill("Is it me?");
  await page.keyboard.press("Enter");
  const told = { ...(await complained(page)), axe: await axe() };
  await page.request.post(new URL("/mend", page.url()).href);
  await field(page).focus();
  await page.keyboard.press("Enter");
  await bots(page).nth(1).waitFor();
  const error = await page.locator("#error").innerText();
  return { ...told, afterwards: error, mine: await page.locator(".message.mine p").innerText() };
}

/** There is no network: when a question is sent, and when the page's own words are changed. */
export async function offline(page, options, { context }) {
  await welcomed(page);
  await context.setOffline(true);
  await page.locator("#languages button[value=fi]").click();
  const welcome = await complained(page);
  await offers(page).first().click();
  const question = await complained(page);
  await context.setOffline(false);
  await page.keyboard.press("Enter");
  await page.locator(".message.mine + .message.bot").waitFor();
  return { welcome, question, error: await page.locator("#error").innerText() };
}

/** An answer takes its time: the page says so, and a second Enter asks nothing. */
export async function waiting(page) {
  await welcomed(page);
  await field(page).fill("Slow");
  await page.keyboard.press("Enter");
  await page.locator("#pending:not(:empty)").waitFor();
  const told = await page.locator("#pending").innerText();
  await page.keyboard.type("Next");
  await page.keyboard.press("Enter");
  const kept = await field(page).inputValue();
  const busy = await page.locator("#form").getAttribute("aria-busy");
  await page.request.post(new URL("/mend", page.url()).href);
  await bots(page).nth(1).waitFor();
  return {
    told,
    kept,
    busy,
    mine: await page.locator(".message.mine p").allInnerTexts(),
    field: await field(page).inputValue(),
    pending: await page.locator("#pending").innerText(),
  };
}

/** The page without scripts. */
export function plain(page) {
  return page.locator("noscript").innerText();
}
