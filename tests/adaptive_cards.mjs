// Parses and renders Adaptive Cards as Microsoft's clients do, without a browser. A line of JSON with
// a list of cards comes in; a line with what is wrong with each, a list of sentences, goes out.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { parseHTML } from 'linkedom';

const { window } = parseHTML('<html><body></body></html>');
// linkedom reads `innerText` only; without a layout it is the text itself.
Object.defineProperty(window.HTMLElement.prototype, 'innerText', {
  get() { return this.textContent; },
  set(text) { this.textContent = text; },
});
const { document, HTMLElement, HTMLButtonElement, HTMLInputElement } = window;
Object.assign(globalThis, { window, document, HTMLElement, HTMLButtonElement, HTMLInputElement });

// Its ES modules import each other without extensions, which Node does not resolve.
const cards = createRequire(import.meta.url)('adaptivecards/dist/adaptivecards.js');
// Shows Markdown as it is written: it is checked elsewhere.
cards.AdaptiveCard.onProcessMarkdown = () => {};

/** Every element and action of a parsed card. */
function* parts(element) {
  yield element;
  if (element instanceof cards.ActionSet) {
    for (let at = 0; at < element.getActionCount(); at++) yield element.getActionAt(at);
  } else if (element instanceof cards.CardElementContainer) {
    for (let at = 0; at < element.getItemCount(); at++) yield* parts(element.getItemAt(at));
  }
}

function wrong(json) {
  // A regular expression that keeps its place: every second card's `lang` would be wrong.
  cards.CardElement.langProperty.regEx.lastIndex = 0;
  const [major, minor] = String(json.version).split('.').map(Number);
  const context = new cards.SerializationContext(new cards.Version(major, minor));
  const card = new cards.AdaptiveCard();
  card.parse(json, context);
  const found = Array.from({ length: context.eventCount }, (_, at) => context.getEventAt(at));
  found.push(...card.validateProperties().validationEvents);
  const sentences = found.map(({ event, message }) => `${cards.ValidationEvent[event]}: ${message}`);
  card.render();
  for (const part of parts(card)) {
    if (!part.renderedElement) sentences.push(`NotDrawn: ${JSON.stringify(part.toJSON(context))}`);
  }
  return sentences;
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = JSON.parse(line).map((card) => {
    try {
      return wrong(card);
    } catch (error) {
      return [`Thrown: ${error}`];
    }
  });
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
