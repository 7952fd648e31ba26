// What the page asks the bot's server.

import { pageLanguage, say } from "./words.js";

const TIMEOUT = 20_000; // Milliseconds after which it gives up.

/** A failure that has been put into words for the person who reads the page. */
export class ReadableError extends Error {}

/** What the bot says before it is asked anything, and what it offers. */
export function askWelcome() {
  return ask(`/api/chat?language=${pageLanguage()}`);
}

/** The answer to a question. */
export function askQuestion(text, conversation) {
  return post("/api/chat", { text, conversation, language: pageLanguage() });
}

/** Has the bot forget a conversation. The next one has another name: this need not arrive. */
export function forget(conversation) {
  post("/api/chat/forget", { conversation }, { keepalive: true }).catch(() => {});
}

function post(address, data, more = {}) {
  const headers = { "Content-Type": "application/json" };
  return ask(address, { method: "POST", headers, body: JSON.stringify(data), ...more });
}

async function ask(address, options = {}) {
  let response;
  try {
    const headers = { "Accept-Language": pageLanguage(), ...options.headers };
    response = await fetch(address, { ...options, headers, signal: AbortSignal.timeout(TIMEOUT) });
  } catch {
    // Leaving the page ends its requests too: then this is as far as it comes.
    await new Promise((later) => setTimeout(later));
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
