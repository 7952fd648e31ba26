// The page's own words, in the language that was chosen: in the address (#sv) or by the browser.

import { element } from "./render.js";
import { LANGUAGES, STATEMENTS, TEXTS } from "./texts.js";

const byId = (id) => document.getElementById(id);
const root = document.documentElement;
const bot = document.querySelector("meta[name=application-name]").content;

/** The page's language now. */
export const pageLanguage = () => root.lang;

export const say = (key) => TEXTS[pageLanguage()][key];

/** What the bot itself is asked about privacy, where nobody gives a statement. */
export const privacyQuestion = () => STATEMENTS[pageLanguage()].privacyQuestion;

/** The language that is wished for. */
export function chosenLanguage() {
  const fromAddress = location.hash.slice(1);
  const wishes = [fromAddress, ...navigator.languages.map((one) => one.slice(0, 2).toLowerCase())];
  return wishes.find((one) => LANGUAGES.includes(one)) ?? LANGUAGES[0];
}

/** Says all that stands on the page in a language. */
export function speak(language) {
  root.lang = language;
  const community = byId("community");
  community.textContent = community.dataset[language];
  document.title = `${bot} – ${community.textContent}`;
  for (const one of document.querySelectorAll("[data-text]")) {
    one.textContent = say(one.dataset.text);
  }
  for (const one of document.querySelectorAll("[data-label]")) {
    one.setAttribute("aria-label", say(one.dataset.label));
  }
  for (const one of [byId("send"), byId("start-over")]) one.title = one.ariaLabel;
  byId("text").placeholder = say("placeholder");
  for (const one of byId("languages").children) {
    one.setAttribute("aria-pressed", String(one.value === language));
  }
  linkStatements(STATEMENTS[language]);
}

function linkStatements({ privacy, privacyQuestion: question, accessibility }) {
  byId("privacy").hidden = !privacy;
  byId("privacy-question").hidden = Boolean(privacy) || !question;
  if (privacy) lead(byId("privacy"), privacy);
  lead(byId("accessibility"), accessibility);
}

/** Leads a link to an address; one of somebody else opens in a new tab. */
function lead(link, address) {
  link.href = address;
  if (address.startsWith("/")) return;
  link.target = "_blank";
  link.append(element("span", { class: "unseen" }, ` ${say("newTab")}`));
}
