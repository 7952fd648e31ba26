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
    // Where the last question begins, once it was answered: below the header, in sight, and whether
    // there is nothing below that could bring it farther up.
    top: await page.evaluate(() => {
      const mine = [...document.querySelectorAll(".mine")].at(-1);
      const header = document.querySelector("header").getBoundingClientRect();
      return mine ? mine.getBoundingClientRect().top - Math.max(header.bottom, 0) : null;
    }),
    ended: await page.evaluate(
      () => scrollY + innerHeight >= document.documentElement.scrollHeight - 1,
    ),
    moving: await page.evaluate(() => document.getAnimations().length),
    // The shortest side of what is pressed, other than links within a text.
    smallest: await page.$$eval("button:not([hidden]), nav a:not([hidden]), .actions a", (all) =>
      Math.min(
        ...all.map((one) => one.getBoundingClientRect()).flatMap(({ width, height }) => [width, height]),
      ),
    ),
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

/** What stands on the page, and what the tab keeps of it. */
async function state(page) {
  const shown = await page.evaluate(() => ({
    // Without what is hidden, which is of the page's language.
    messages: [...document.querySelectorAll(".message")].map((one) => {
      const copy = one.cloneNode(true);
      for (const hidden of copy.querySelectorAll(".unseen")) hidden.remove();
      return copy.textContent;
    }),
    mine: [...document.querySelectorAll(".mine p")].map((one) => one.textContent),
    offers: [...document.querySelectorAll("#suggestions button")].map((one) => one.textContent),
    offersLanguage: document.getElementById("suggestions").lang,
    field: document.getElementById("text").value,
    startOver: !document.getElementById("start-over").hidden,
    error: document.getElementById("error").textContent,
  }));
  const kept = await page.evaluate(() => {
    try {
      return Object.fromEntries(Object.entries(sessionStorage));
    } catch {
      return null;
    }
  });
  return { ...shown, kept };
}

/** A conversation is reloaded, left and come back to; then it goes on, and its tab is closed. */
export async function returning(page, options, { context }) {
  await welcomed(page);
  for (const question of options.questions) await ask(page, question);
  const before = await state(page);
  const there = 1 + 2 * options.questions.length;
  const shown = () => page.locator(".message").nth(there - 1).waitFor();
  await page.reload();
  await shown();
  await still(page);
  const reloaded = await state(page);
  const inSight = await page.locator(".mine").last().evaluate((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
  await page.locator("#accessibility").click();
  await page.locator(".statement").waitFor();
  await page.goBack();
  await shown();
  const cameBack = await state(page);
  await page.locator("#accessibility").click();
  await page.locator(".statement a").last().click();
  await shown();
  const linkedBack = await state(page);
  await ask(page, options.then);
  const last = await bots(page).last().innerText();
  const other = await context.newPage();
  await other.goto(page.url());
  await welcomed(other);
  const beside = await state(other);
  await page.close();
  await other.reload();
  await welcomed(other);
  const afterClosing = await state(other);
  return { before, reloaded, inSight, cameBack, linkedBack, last, beside, afterClosing };
}

/** A tab with a conversation is duplicated; both go on, and are reloaded. */
export async function duplicating(page, options, { context }) {
  await welcomed(page);
  await ask(page, "First");
  const opened = context.waitForEvent("page");
  await page.evaluate(() => void window.open(location.href));
  const copy = await opened;
  const copied = await copy.evaluate(() => sessionStorage.length);
  await welcomed(copy);
  const begun = await state(copy);
  await ask(copy, "Copy");
  await ask(page, "Second");
  await Promise.all([page.reload(), copy.reload()]);
  await bots(page).nth(2).waitFor();
  await bots(copy).nth(1).waitFor();
  await ask(copy, "Copy again");
  await ask(page, "Third");
  return { copied, begun, first: await state(page), second: await state(copy) };
}

/** A conversation is started over: in the middle, while an answer is waited for, and reloaded. */
export async function startingOver(page, options) {
  await welcomed(page);
  const hidden = await page.locator("#start-over").isHidden();
  await ask(page, "First");
  const begun = await state(page);
  await field(page).fill("Half a question");
  const button = page.locator("#start-over");
  await (options.touch ? button.tap() : button.click());
  const focus = (await focused(page)).name;
  await welcomed(page);
  const over = await state(page);
  await page.reload();
  await welcomed(page);
  const reloaded = await state(page);
  await page.request.post(new URL("/hold", page.url()).href);
  await field(page).fill("Slow");
  await page.keyboard.press("Enter");
  await page.locator("#pending:not(:empty)").waitFor();
  await (options.touch ? button.tap() : button.click());
  await welcomed(page);
  await page.request.post(new URL("/mend", page.url()).href);
  await ask(page, "Anew");
  return { hidden, begun, focus, over, reloaded, last: await state(page) };
}

/** A page is reloaded while an answer is waited for. */
export async function interrupted(page) {
  await welcomed(page);
  await page.request.post(new URL("/hold", page.url()).href);
  const title = await offers(page).first().innerText();
  await offers(page).first().click();
  await page.locator("#pending:not(:empty)").waitFor();
  await page.reload();
  await welcomed(page);
  const reloaded = await state(page);
  await page.request.post(new URL("/mend", page.url()).href);
  await field(page).focus();
  await page.keyboard.press("Enter");
  await page.locator(".mine + .bot").waitFor();
  return { title, reloaded, answered: await state(page) };
}

/** One question, and the page loaded anew. */
export async function reload(page, options) {
  await welcomed(page);
  await field(page).fill(options.question);
  await page.keyboard.press("Enter");
  await bots(page).filter({ hasText: "040 123" }).waitFor();
  const before = await state(page);
  await page.reload();
  await welcomed(page);
  return { before, reloaded: await state(page) };
}

/** Something else stands where a conversation is kept. */
export async function spoilt(page, options) {
  await welcomed(page);
  await page.evaluate((kept) => sessionStorage.setItem("conversation", kept), options.kept);
  await page.reload();
  await welcomed(page);
  await ask(page, "Who?");
  return state(page);
}

/** A text that is too long is pasted, shortened and sent. */
export async function pasting(page, options, { axe }) {
  await welcomed(page);
  await field(page).focus();
  await page.keyboard.insertText(options.text);
  const alarms = page.locator("#error:not(:empty)");
  await alarms.waitFor();
  const described = await field(page).evaluate((one) =>
    one.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id).textContent),
  );
  await page.keyboard.press("Enter");
  const told = {
    ...(await state(page)),
    count: await page.locator("#count").innerText(),
    described: described.join(" "),
    invalid: await field(page).getAttribute("aria-invalid"),
    axe: await axe(),
  };
  await field(page).fill(options.text.slice(0, options.limit));
  const shortened = { ...(await state(page)), count: await page.locator("#count").innerText() };
  await page.keyboard.press("Enter");
  await bots(page).nth(1).waitFor();
  return { told, shortened };
}

/** The page as it is printed. */
export async function printing(page, options) {
  await welcomed(page);
  for (const question of options.questions) await ask(page, question);
  await page.emulateMedia({ media: "print" });
  const printed = await page.evaluate(() => {
    const seen = (one) => one.checkVisibility() && one.getBoundingClientRect().height > 1;
    const boxes = [...document.querySelectorAll("header, .message, footer")].filter(seen);
    const paper = (one) => getComputedStyle(one);
    return {
      boxes: boxes.map((one) => {
        const { top, bottom } = one.getBoundingClientRect();
        return { top, bottom, position: paper(one).position };
      }),
      texts: [...document.querySelectorAll(".message")].map((one) => one.innerText),
      colours: [...document.querySelectorAll(".message")].map((one) => [
        paper(one).backgroundColor,
        paper(one.lastElementChild).color,
      ]),
      controls: [...document.querySelectorAll("button, textarea, nav a")].filter(seen).length,
      addresses: [...document.querySelectorAll("#log a[href^='https:']")].map(
        (one) => getComputedStyle(one, "::after").content,
      ),
      links: [...document.querySelectorAll("#log a[href^='https:']")].map((one) => one.getAttribute("href")),
    };
  });
  const pdf = await page.pdf({ format: "A4", preferCSSPageSize: true, path: options.pdf });
  await page.emulateMedia({ media: null });
  return { ...printed, pdf: pdf.length };
}

/** Where the field is, before anything was asked, after an answer, and scrolled to the top. */
export async function low(page, options) {
  const place = () =>
    page.evaluate(() => {
      const form = document.getElementById("form").getBoundingClientRect();
      const { offsetTop, height } = visualViewport;
      return { top: form.top - offsetTop, left: offsetTop + height - form.bottom, height };
    });
  await welcomed(page);
  const places = [await place()];
  await ask(page, options.question);
  await still(page);
  places.push(await place());
  await page.evaluate("scrollTo(0, 0)");
  places.push(await place());
  await page.evaluate("scrollTo(0, document.scrollingElement.scrollHeight)");
  const disclosed = await page.locator("#disclosure").evaluate((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
  return { places, disclosed, ...(await state(page)) };
}

/** A keyboard that lies over the page, as visualViewport tells of it. */
export async function covered(page, options) {
  await page.addInitScript(() => {
    const view = new EventTarget();
    Object.assign(view, { height: innerHeight, offsetTop: 0, scale: 1 });
    Object.defineProperty(window, "visualViewport", { value: view });
  });
  await page.reload();
  await welcomed(page);
  await ask(page, "Who?");
  const bottom = (view) =>
    page.evaluate((wanted) => {
      Object.assign(visualViewport, wanted);
      visualViewport.dispatchEvent(new Event("resize"));
      return {
        form: document.getElementById("form").getBoundingClientRect().bottom,
        low: document.documentElement.classList.contains("low"),
      };
    }, view);
  return {
    open: await bottom({ height: options.height - 350 }),
    moved: await bottom({ offsetTop: 100 }),
    magnified: await bottom({ scale: 2, height: options.height / 2, offsetTop: 0 }),
    closed: await bottom({ scale: 1, height: options.height }),
  };
}

/** The page's language is changed in the middle of a conversation. */
export async function switching(page, options) {
  await welcomed(page);
  await ask(page, options.question);
  const before = await state(page);
  await page.locator(`#languages button[value=${options.language}]`).click();
  await page.locator(`#suggestions[lang=${options.language}] button`).first().waitFor();
  const after = await state(page);
  await page.reload();
  await offers(page).first().waitFor();
  const reloaded = await state(page);
  await offers(page).first().click();
  await bots(page).nth(2).waitFor();
  return { before, after, reloaded, answer: await bots(page).last().getAttribute("lang") };
}

/** Headings and lists of an answer, as a screen reader finds them. */
export async function structure(page, options) {
  await welcomed(page);
  await ask(page, options.question);
  const answer = bots(page).last();
  return {
    headings: await answer.getByRole("heading").allInnerTexts(),
    levels: await answer
      .getByRole("heading")
      .evaluateAll((all) => all.map((one) => Number(one.tagName[1]))),
    lists: await answer
      .getByRole("list")
      .evaluateAll((all) => all.map((one) => [...one.children].map((item) => item.textContent))),
  };
}

/** The links below the field. */
export async function statements(page, options, { axe, context }) {
  await welcomed(page);
  const links = () =>
    page.$$eval("nav > :not([hidden])", (all) =>
      all.map(({ tagName, textContent, href, target }) => ({ tagName, textContent, href, target })),
    );
  const first = await links();
  await page.locator("#languages button[value=sv]").click();
  const swedish = await links();
  const button = page.locator("#privacy-question");
  let asked = null;
  if (await button.isVisible()) {
    await button.click();
    await bots(page).nth(1).waitFor();
    asked = { mine: await page.locator(".mine p").innerText(), answer: await bots(page).last().innerText() };
  }
  let document = null;
  if (!options.elsewhere) {
    await page.locator("#accessibility").click();
    await page.locator(".statement").waitFor();
    document = {
      text: await page.locator("main").innerText(),
      language: await page.getAttribute("html", "lang"),
      links: await page.$$eval("main a", (all) => all.map((one) => one.href)),
      axe: await axe(),
    };
  }
  return { first, swedish, asked, document };
}
