// The page: what is typed is asked, what is answered is shown. Nothing is stored in the browser;
// the language stands in the address (#sv), the conversation's name lives as long as the page.

import { answer, element, message } from "./render.js";
import { LANGUAGES, TEXTS } from "./texts.js";

const PENDING_AFTER = 200; // Milliseconds without an answer after which the page says that one comes.
const TIMEOUT = 20_000; // Milliseconds after which it gives up.

const byId = (id) => document.getElementById(id);
const log = byId("log");
const pending = byId("pending");
const suggestions = byId("suggestions");
const error = byId("error");
const form = byId("form");
const field = byId("text");
const send = byId("send");
const bot = document.querySelector("meta[name=application-name]").content;

const conversation = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
  byte.toString(16).padStart(2, "0"),
).join("");

let language = "fi";
let welcomeCount = 0;
let started = false;
let waiting = false;

const say = (key) => TEXTS[language][key];

/** A failure that has been put into words for the person who reads the page. */
class ReadableError extends Error {}

// ----- Language

function chosenLanguage() {
  const fromAddress = location.hash.slice(1);
  const wishes = [fromAddress, ...navigator.languages.map((one) => one.slice(0, 2).toLowerCase())];
  return wishes.find((one) => LANGUAGES.includes(one)) ?? LANGUAGES[0];
}

function switchLanguage(wanted) {
  language = wanted;
  document.documentElement.lang = language;
  const community = byId("community");
  community.textContent = community.dataset[language];
  document.title = `${bot} – ${community.textContent}`;
  for (const one of document.querySelectorAll("[data-text]")) {
    one.textContent = say(one.dataset.text);
  }
  for (const one of document.querySelectorAll("[data-label]")) {
    one.setAttribute("aria-label", say(one.dataset.label));
  }
  send.title = say("send");
  field.placeholder = say("placeholder");
  for (const one of byId("languages").children) {
    one.setAttribute("aria-pressed", String(one.value === language));
  }
  showError(null);
  if (!started) welcome();
}

// ----- Server

async function ask(address, options = {}) {
  let response;
  try {
    const headers = { "Accept-Language": language, ...options.headers };
    response = await fetch(address, { ...options, headers, signal: AbortSignal.timeout(TIMEOUT) });
  } catch {
    throw new ReadableError(say("unreachable"));
  }
  let data = null;
  try {
    data = await response.json();
  } catch {
    // No answer of ours: a proxy's error page.
  }
  if (response.ok && data) return data;
  const inWords = (response.status === 429 || response.status === 500) && data?.error;
  throw new ReadableError(inWords || say("failed"));
}

async function welcome() {
  const turn = ++welcomeCount;
  try {
    const data = await ask(`/api/chat?language=${language}`);
    if (started || turn !== welcomeCount) return;
    log.replaceChildren(botMessage(data));
    suggest(data.suggestions);
  } catch {
    if (!started && turn === welcomeCount) showError(say("noWelcome"));
  }
}

async function submit(text) {
  if (waiting || !text.trim()) return;
  started = waiting = true;
  showError(null);
  const offered = [...suggestions.children];
  suggest([]);
  const question = message("mine", say("you"), null, element("p", {}, text.trim()));
  log.append(question);
  scrollTo(question);
  form.setAttribute("aria-busy", "true");
  const slow = setTimeout(showPending, PENDING_AFTER);
  try {
    const body = JSON.stringify({ text, conversation, language });
    const headers = { "Content-Type": "application/json" };
    const data = await ask("/api/chat", { method: "POST", headers, body });
    log.append(botMessage(data));
    suggest(data.suggestions);
    scrollTo(question);
  } catch (failure) {
    if (!(failure instanceof ReadableError)) throw failure;
    question.remove();
    // Whatever was typed meanwhile comes after it.
    field.value = [text, field.value].filter(Boolean).join(" ");
    suggestions.replaceChildren(...offered);
    suggestions.hidden = !offered.length;
    showError(failure.message);
  } finally {
    waiting = false;
    clearTimeout(slow);
    pending.replaceChildren();
    form.removeAttribute("aria-busy");
  }
}

// ----- Rendering

function botMessage(data) {
  return message("bot", say("bot"), data.language, ...answer(data, say("newTab")));
}

function suggest(offers) {
  suggestions.replaceChildren(
    ...offers.map((one) => {
      const button = element("button", { type: "button" }, one.title);
      button.addEventListener("click", (event) => pick(one.text, event));
      return button;
    }),
  );
  suggestions.hidden = !offers.length;
}

function pick(text, event) {
  if (waiting) return;
  // The button goes away. On a touch screen the field's keyboard would cover the answer.
  const byFinger = event.detail > 0 && matchMedia("(pointer: coarse)").matches;
  (byFinger ? log : field).focus({ preventScroll: true });
  submit(text);
}

function showPending() {
  const dots = element("span", { class: "dots", "aria-hidden": "true" });
  dots.append(element("i"), element("i"), element("i"));
  pending.replaceChildren(dots, element("span", {}, say("pending")));
  scrollTo(pending);
}

function showError(text) {
  error.textContent = text ?? "";
}

function scrollTo(target) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  target.scrollIntoView({ block: "start", behavior: still ? "instant" : "smooth" });
}

// ----- Events

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (waiting || !field.value.trim()) {
    field.focus();
    return;
  }
  const text = field.value;
  field.value = "";
  field.focus({ preventScroll: true });
  submit(text);
});

field.addEventListener("keydown", (event) => {
  // While a character is being composed, Enter chooses it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

byId("languages").addEventListener("click", (event) => {
  const wanted = event.target.closest("button")?.value;
  if (!wanted || wanted === language) return;
  history.replaceState(null, "", `#${wanted}`);
  switchLanguage(wanted);
});

addEventListener("hashchange", () => switchLanguage(chosenLanguage()));

switchLanguage(chosenLanguage());
