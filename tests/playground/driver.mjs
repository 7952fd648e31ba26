// Drives the Agents Playground in Chromium: one JSON command a line in, one JSON answer a line out.
// Only this machine is reached: every other request is refused.
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const BROWSER = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--no-first-run',
];
const FORCED_DARK = '--blink-settings=forceDarkModeEnabled=true';
const EDITOR = '[contenteditable=true][role=textbox]';
const CARD = '.ac-adaptiveCard';

// Microsoft's own font is not at hand; this one is about as wide.
const FONT = '* { font-family: "Liberation Sans", Arial, sans-serif !important; }';
const ALONE = `
  [data-alone], [data-alone] * { min-width: 0 !important; max-width: 100%; }
  [data-alone] div:has(${CARD}) {
    width: auto !important; max-width: 100% !important;
    margin-left: 2px !important; margin-right: 2px !important;
    padding-left: 0 !important; padding-right: 0 !important;
  }
  [data-alone] ${CARD} { width: auto !important; }
  [data-alone] .fui-Avatar { display: none; }
`;

let context;
let page;
const outside = new Set();

const isHere = (url) => ['localhost', '127.0.0.1'].includes(new URL(url).hostname);

const commands = {
  async open({ browser, profile, url, width, height, dark }) {
    await commands.close();
    context = await chromium.launchPersistentContext(profile, {
      executablePath: browser,
      args: dark ? [...BROWSER, FORCED_DARK] : BROWSER,
      viewport: { width, height },
      deviceScaleFactor: 1,
    });
    await context.route('**/*', (route) => {
      if (isHere(route.request().url())) return route.continue();
      outside.add(new URL(route.request().url()).origin);
      return route.abort();
    });
    page = await context.newPage();
    await page.goto(url, { waitUntil: 'domcontentloaded' });
    await page.locator(EDITOR).first().waitFor();
    await page.addStyleTag({ content: FONT });
  },

  // The chat alone, as wide as the window: the Playground itself has no layout for phones.
  async alone() {
    await page.addStyleTag({ content: ALONE });
    await page.evaluate((editor) => {
      const menu = document.querySelector('[aria-label="Chat and Teams Channel"]');
      const start = document.querySelector(editor);
      let parts = menu;
      while (!parts.parentElement.contains(start)) parts = parts.parentElement;
      for (let row = parts.parentElement; row.id !== 'root'; row = row.parentElement) {
        for (const part of row.children) {
          if (!part.contains(start)) part.style.display = 'none';
          else if (row === parts.parentElement) part.dataset.alone = '';
        }
      }
    }, EDITOR);
  },

  async go({ chat }) {
    await page.locator(`[aria-label="${chat}"]`).first().click();
    await page.locator(EDITOR).first().waitFor();
  },

  async say({ text, mention, post }) {
    const editor = page.locator(EDITOR).first();
    await editor.click();
    if (mention) {
      await page.keyboard.type(`@${mention.slice(0, 3)}`);
      await page.getByRole('menuitem', { name: mention }).first().click();
      await page.keyboard.type(' ');
    }
    await page.keyboard.type(text);
    if (post) await page.getByRole('button', { name: 'Post', exact: true }).first().click();
    else await page.keyboard.press('Enter');
  },

  async click({ button, first }) {
    const found = page.getByRole('button', { name: button, exact: true });
    await (first ? found.first() : found.last()).click();
  },

  // Presses a button and waits until the client has taken what it was answered: the bot changes the
  // card before it answers, the answer brings that card once more, and what was typed into it
  // meanwhile is lost.
  async press({ button }) {
    const answered = page.waitForResponse(
      (one) => one.request().method() === 'POST' && one.url().includes('/_conversation/'),
    );
    await Promise.all([answered, commands.click({ button })]);
    await (await answered).finished();
    await page.evaluate(() => new Promise((done) => {
      requestAnimationFrame(() => requestAnimationFrame(done));
    }));
  },

  // Types in the last field of that label.
  async fill({ label, text }) {
    await page.getByLabel(label, { exact: true }).last().fill(text);
  },

  // Picks a day of a month to come in the calendar of the last field of that label.
  async pickDay({ label, months, day }) {
    await page.getByRole('combobox', { name: label, exact: true }).last().click();
    const calendar = page.getByRole('dialog');
    await calendar.waitFor();
    for (let month = 0; month < months; month += 1) {
      await calendar.getByRole('button', { name: /next month/i }).click();
    }
    await calendar.getByRole('button', { name: new RegExp(`^${day}, `) }).first().click();
  },

  // Picks one of the options of the last list of that label, such as a time.
  async pick({ label, option }) {
    await page.getByRole('combobox', { name: label }).last().click();
    await page.getByRole('option', { name: option, exact: true }).first().click();
  },

  // Ticks the last box or round of that label.
  async tick({ label }) {
    await page.getByLabel(label, { exact: true }).last().click();
  },

  // All cards of the chat in view, in their order.
  async cards() {
    return page.locator(CARD).evaluateAll((cards) => cards.map((card) => ({
      text: card.innerText,
      links: [...card.querySelectorAll('a')].map((a) => [a.innerText, a.getAttribute('href')]),
      buttons: [...card.querySelectorAll('button')].map((button) => button.innerText),
      cut: [...card.querySelectorAll('*')]
        .filter((part) => part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0)
        .filter((part) => getComputedStyle(part).overflowX !== 'visible')
        .map((part) => part.innerText),
      right: Math.round(card.getBoundingClientRect().right),
      width: window.innerWidth,
    })));
  },

  async texts() {
    return page.evaluate(() => document.body.innerText);
  },

  async picture({ path, what }) {
    if (what === 'page') {
      // The log names files of the machine that the test runs on.
      const log = page.getByText('Log Panel', { exact: true });
      if (await log.isVisible()) await log.locator('xpath=..').getByRole('button').last().click();
      return page.screenshot({ path });
    }
    // High enough for the whole card, so that nothing lies over its edges.
    const usual = page.viewportSize();
    await page.setViewportSize({ ...usual, height: 2000 });
    await page.locator(CARD).last().screenshot({ path });
    return page.setViewportSize(usual);
  },

  async outside() {
    return [...outside];
  },

  async close() {
    await context?.close();
    context = undefined;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...rest } = JSON.parse(line);
  let answer;
  try {
    const result = await commands[command](rest);
    answer = { result: command === 'picture' ? null : (result ?? null) };
  } catch (error) {
    answer = { error: String(error).slice(0, 2000) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await commands.close();
