// Answers become elements. Every text goes in as a text node, never as markup.

const SCHEMES = ["https:", "tel:", "mailto:"];

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** One message of the log; `who` is read aloud before it. */
export function message(kind, who, language, ...children) {
  const attributes = { class: `message ${kind}` };
  if (language) attributes.lang = language;
  return element("div", attributes, element("span", { class: "unseen" }, who), ...children);
}

/** The elements of an answer: its blocks, then its links. */
export function answer(data, newTab) {
  let level = "h2";
  const made = data.blocks.flatMap((one) => {
    if (one.type === "heading") level = "h3";
    return block(one, level, newTab);
  });
  if (data.actions.length) {
    const links = data.actions.map((one) => element("li", {}, link(one.title, one.url, newTab)));
    made.push(element("ul", { class: "actions" }, ...links));
  }
  return made;
}

function block(data, level, newTab) {
  if (data.type === "heading") return element("h2", {}, data.text);
  if (data.type === "bullets") return list({}, data.items, newTab);
  const [first, ...rest] = data.lines;
  if (rest.length && first[0]?.bold) {
    // A person or a meeting: what it is called, then what is known of it.
    const facts = list({ class: "facts", role: "list" }, rest, newTab);
    return [element(level, { class: "name" }, ...line(first, newTab)), facts];
  }
  const paragraph = element("p", {}, ...line(first ?? [], newTab));
  for (const one of rest) paragraph.append(element("br"), ...line(one, newTab));
  return paragraph;
}

function list(attributes, items, newTab) {
  return element("ul", attributes, ...items.map((one) => element("li", {}, ...line(one, newTab))));
}

function line(spans, newTab) {
  return spans.map((span) => {
    if (span.url !== undefined) return link(span.text, span.url, newTab);
    return span.bold ? element("strong", {}, span.text) : span.text;
  });
}

/** A link; an address of another kind than the bot's links have stays text. */
function link(text, url, newTab) {
  const scheme = SCHEMES.find((one) => url.startsWith(one));
  if (!scheme) return `${text} (${url})`;
  if (scheme !== "https:") return element("a", { href: url, class: "direct" }, text);
  const hint = element("span", { class: "unseen" }, ` ${newTab}`);
  return element("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text, hint);
}
