// What this tab keeps of the conversation until it is closed, in sessionStorage, which no other tab
// reads. A duplicated tab begins with a copy of it: a lock tells whose conversation it is. Where the
// browser refuses either, nothing is kept, and a page that is loaded begins anew.

const KEY = "conversation";
const SHAPE = 1; // Of what is kept: what has another one is left alone.
const MOST = 200; // Messages that are kept.
const PATIENCE = 1_000; // Milliseconds in which a page that this one follows lets its lock go.

let release = () => {};

/** A conversation that nobody has had yet. */
export function newTalk() {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
  // Messages are {mine: title} or {answer: data}; `asked` waits for an answer.
  return { shape: SHAPE, id, messages: [], offers: null, asked: null };
}

/** The conversation of this tab: the one that is kept, unless another tab has it; else a new one. */
export async function openTalk() {
  const kept = read();
  if (kept && (await claim(kept.id))) return kept;
  if (kept) drop();
  return beginTalk();
}

/** A new conversation, which this tab has from now on. */
export function beginTalk() {
  release();
  const talk = newTalk();
  claim(talk.id);
  return talk;
}

/** Keeps the conversation as it is now. */
export function keep(talk) {
  if (!navigator.locks) return;
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...talk, messages: talk.messages.slice(-MOST) }));
  } catch {
    // Refused or full: half a conversation would mislead.
    drop();
  }
}

/** Keeps nothing. */
export function drop() {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Refused: nothing is there.
  }
}

/** Lets go while the page is away, and calls `lost` where another tab took it meanwhile. */
export function watchLeaving(current, lost) {
  addEventListener("pagehide", () => release());
  addEventListener("pageshow", async (event) => {
    if (event.persisted && !(await claim(current().id))) lost();
  });
}

function read() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY));
    return kept?.shape === SHAPE && kept.id && Array.isArray(kept.messages) ? kept : null;
  } catch {
    return null;
  }
}

/** Whether this tab, and no other, has the conversation from now on. */
function claim(id) {
  if (!navigator.locks) return Promise.resolve(false);
  return new Promise((resolve) => {
    const held = () => {
      resolve(true);
      return new Promise((free) => {
        release = free;
      });
    };
    const signal = AbortSignal.timeout(PATIENCE);
    navigator.locks.request(`${KEY} ${id}`, { signal }, held).catch(() => resolve(false));
  });
}
