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
  const made = data.blocks.map((one) => block(one, newTab));
  if (data.actions.length) {
    const links = data.actions.map((one) => element("li", {}, link(one.title, one.url, newTab)));
    made.push(element("ul", { class: "actions" }, ...links));
  }
  return made;
}

function block(data, newTab) {
  if (data.type === "heading") return element("h2", {}, data.text);
  if (data.type === "bullets") {
    return element("ul", {}, ...data.items.map((one) => element("li", {}, ...line(one, newTab))));
  }
  const paragraph = element("p");
  data.lines.forEach((one, place) => {
    if (place) paragraph.append(element("br"));
    paragraph.append(...line(one, newTab));
  });
  return paragraph;
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
