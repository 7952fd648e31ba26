// The page: what is typed is asked, what is answered is shown, and the tab keeps it (keeping.js).

import { beginTalk, drop, keep, openTalk, watchLeaving } from "./keeping.js";
import { answer, element, message } from "./render.js";
import { ReadableError, askQuestion, askWelcome, forget } from "./server.js";
import { keepInSight } from "./sight.js";
import { LIMIT } from "./texts.js";
import { chosenLanguage, pageLanguage, privacyQuestion, say, speak } from "./words.js";

const PENDING_AFTER = 200; // Milliseconds without an answer after which the page says that one comes.
const QUIET = 1_000; // Milliseconds in which what was said before is not read aloud again.

const byId = (id) => document.getElementById(id);
const log = byId("log");
const pending = byId("pending");
const suggestions = byId("suggestions");
const error = byId("error");
const form = byId("form");
const field = byId("text");
const count = byId("count");
const startOver = byId("start-over");

// A question is {title, text}: what is shown of it, and what the bot is asked.
let talk = null; // Until it is known whether this tab has one.
let offersCount = 0; // Which offers are the newest: older ones that come later are dropped.
let waiting = false;
let slow = 0;
let unsent = null; // The question that got no answer and stands in the field.

// ----- Conversation

/** Shows the conversation that this tab has, or begins one. */
async function open() {
  history.scrollRestoration = "manual";
  talk = await openTalk();
  if (!isBegun()) {
    welcome();
    return;
  }
  log.setAttribute("aria-live", "off");
  setTimeout(() => log.setAttribute("aria-live", "polite"), QUIET);
  const shown = talk.messages.map((one) =>
    one.answer ? botMessage(one.answer) : myMessage(one.mine),
  );
  log.replaceChildren(...shown);
  suggest(talk.offers);
  startOver.hidden = false;
  if (talk.asked) giveBack(talk.asked);
  talk.asked = null;
  keep(talk);
  shown.findLast((one) => one.matches(".mine"))?.scrollIntoView({ behavior: "instant" });
}

/** Whether anything has been asked. */
function isBegun() {
  return Boolean(talk.asked) || talk.messages.length > 1;
}

function beginAnew() {
  forgetHere();
  unsent = null;
  field.value = "";
  showError(null);
  checkLength();
  welcome();
}

/** Takes the conversation off the page, and keeps nothing of it. */
function forgetHere() {
  drop();
  talk = beginTalk();
  rest();
  log.replaceChildren();
  suggest(null);
  startOver.hidden = true;
}

/** What the bot says at first, and offers; once something was asked, only what it offers. */
async function welcome() {
  const turn = ++offersCount;
  if (isBegun()) suggest(null);
  try {
    const data = await askWelcome();
    if (turn !== offersCount) return;
    suggest(data);
    if (isBegun()) {
      keep(talk);
      return;
    }
    talk.messages = [{ answer: data }];
    log.replaceChildren(botMessage(data));
  } catch {
    if (turn === offersCount && !isBegun()) showError(say("noWelcome"));
  }
}

async function submit(question) {
  const asking = { talk, language: pageLanguage(), offers: talk.offers };
  waiting = true;
  offersCount += 1;
  showError(null);
  suggest(null);
  talk.asked = question;
  keep(talk);
  startOver.hidden = false;
  const mine = myMessage(question.title);
  log.append(mine);
  scrollTo(mine);
  form.setAttribute("aria-busy", "true");
  slow = setTimeout(showPending, PENDING_AFTER);
  let data = null;
  let failure = null;
  try {
    data = await askQuestion(question.text, talk.id);
  } catch (caught) {
    failure = caught;
  }
  if (asking.talk !== talk) return; // It was started over meanwhile.
  rest();
  talk.asked = null;
  if (data?.forgotten) {
    // That was the wish: only the answer to it is left.
    forgetHere();
    talk.messages.push({ answer: data });
    log.append(botMessage(data));
    suggest(data);
    return;
  }
  if (data) {
    // What somebody in distress wrote is shown, and kept nowhere.
    if (!data.private) talk.messages.push({ mine: question.title });
    talk.messages.push({ answer: data });
    log.append(botMessage(data));
    suggest(data);
    scrollTo(mine);
  } else {
    mine.remove();
    giveBack(question);
    suggest(asking.offers);
    startOver.hidden = !isBegun();
    showError(failure instanceof ReadableError ? failure.message : say("failed"));
  }
  keep(talk);
  if (asking.language !== pageLanguage()) offerInPageLanguage();
}

function rest() {
  waiting = false;
  clearTimeout(slow);
  pending.replaceChildren();
  form.removeAttribute("aria-busy");
}

/** Puts a question into the field again; what was typed meanwhile comes after it. */
function giveBack(question) {
  unsent = question;
  field.value = [question.title, field.value].filter(Boolean).join(" ");
  checkLength();
}

// ----- Rendering

function botMessage(data) {
  return message("bot", say("bot"), data.language, ...answer(data, say("newTab")));
}

function myMessage(title) {
  return message("mine", say("you"), null, element("p", {}, title));
}

/** Shows what an answer offers to ask; null for nothing. */
function suggest(data) {
  talk.offers = data && { language: data.language, suggestions: data.suggestions };
  const offers = data?.suggestions ?? [];
  suggestions.lang = data?.language ?? "";
  suggestions.replaceChildren(
    ...offers.map(({ title, text }) => {
      const button = element("button", { type: "button" }, title);
      button.addEventListener("click", (event) => pick({ title, text }, event));
      return button;
    }),
  );
  suggestions.hidden = !offers.length;
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

// ----- Field

/** Says when more is written than the bot reads; returns whether that is so. */
function checkLength() {
  const length = Array.from(field.value.trim().replace(/\s+/g, " ")).length;
  const tooLong = length > LIMIT;
  const numbers = [length, LIMIT].map((one) => one.toLocaleString(pageLanguage()));
  count.textContent = tooLong ? numbers.join(" / ") : "";
  if (tooLong) {
    field.setAttribute("aria-invalid", "true");
    // Said once, not at each key.
    if (error.textContent !== say("tooLong")) showError(say("tooLong"));
  } else if (field.hasAttribute("aria-invalid")) {
    field.removeAttribute("aria-invalid");
    showError(null);
  }
  return tooLong;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const title = field.value.trim();
  if (waiting || !talk || !title || checkLength()) {
    field.focus();
    return;
  }
  const question = unsent?.title === title ? unsent : { title, text: title };
  unsent = null;
  field.value = "";
  field.focus({ preventScroll: true });
  submit(question);
});

field.addEventListener("input", checkLength);

field.addEventListener("keydown", (event) => {
  // While a character is being composed, Enter chooses it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

// ----- Buttons

/** Asks what a button offers, and moves the focus off it. */
function pick(question, event) {
  if (waiting || !talk) return;
  focusAfter(event);
  submit(question);
}

/** Moves the focus to the field; on a touch screen its keyboard would cover the answer. */
function focusAfter(event) {
  const byFinger = event.detail > 0 && matchMedia("(pointer: coarse)").matches;
  (byFinger ? log : field).focus({ preventScroll: true });
}

startOver.addEventListener("click", (event) => {
  forget(talk.id);
  focusAfter(event);
  beginAnew();
});

byId("privacy-question").addEventListener("click", (event) => {
  pick({ title: say("privacy"), text: privacyQuestion() }, event);
});

function changeLanguage(wanted) {
  speak(wanted);
  showError(null);
  checkLength();
  if (talk && !waiting) offerInPageLanguage();
}

/** What has been said stays as it is; what is offered follows the page. */
function offerInPageLanguage() {
  if (!isBegun() || talk.offers?.language !== pageLanguage()) welcome();
}

byId("languages").addEventListener("click", (event) => {
  const wanted = event.target.closest("button")?.value;
  if (!wanted || wanted === pageLanguage()) return;
  history.replaceState(null, "", `#${wanted}`);
  changeLanguage(wanted);
});

addEventListener("hashchange", () => changeLanguage(chosenLanguage()));

speak(chosenLanguage());
keepInSight(byId("below"));
watchLeaving(() => talk, beginAnew);
open();
