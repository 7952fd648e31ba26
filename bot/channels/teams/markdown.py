"""Lines of an answer as the Markdown of a TextBlock, in which no text can become markup.

Teams renders bold, links and lists in cards, but its clients disagree on escapes: what the desktop
hides, phones show (a backslash before an asterisk, `&lt;`). So nothing is escaped here. A character
that could be markup is replaced by one that looks the same and is not, and where only its
neighbours make it markup, a character without width separates them.
"""

from __future__ import annotations

import re

from bot.answers.model import Line, LinkSpan, Text

SEPARATOR = "\N{ZERO WIDTH NON-JOINER}"
"""Separates two characters; it has no width, and is no space and no punctuation."""

_LOOKALIKES = str.maketrans(
    {
        "*": "\N{ASTERISK OPERATOR}",
        "`": "\N{MODIFIER LETTER GRAVE ACCENT}",
        "~": "\N{TILDE OPERATOR}",
        "<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
        ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
    }
)
_IN_LINK_TEXT = str.maketrans(
    {"[": "\N{FULLWIDTH LEFT SQUARE BRACKET}", "]": "\N{FULLWIDTH RIGHT SQUARE BRACKET}"}
)
_IN_URL = {ord(character): f"%{ord(character):02X}" for character in " \"'()*<>[\\]^`{|}~"}

_HARMLESS = re.compile(r"(?:[^\W\d_]|\()(?:[^\W_]|[(),.:;?/@%–’+-]| (?! ))*")
"""Matches most texts: letters, digits and characters that are never markup."""

_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_PRIVATE = re.compile("[\ud800-\udfff]")
_TEMPLATE = re.compile(r"\$(?=\{)|\{(?=\{)")
"""`${…}` and `{{DATE(…)}}`, which cards expand."""
_LOOSE_UNDERSCORE = re.compile(r"(?<![^\W_])_+|_+(?![^\W_])")
_MEANINGFUL_PAIR = re.compile(r"\](?=[(\[:])|&(?=#?\w+;)|\\(?=[!-/:-@\[-`{-~]|$)|!$")
_BLOCK_START = re.compile(r"[-+=](?:\s|[-=]|$)|#|\d+[.)](?:\s|$)")
_SURE_ENTITY = re.compile(r"(&#?\w+);")
_LOOSE_URL_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def markdown(line: Line) -> str:
    """One line of an answer as Markdown."""
    parts: list[str] = []
    for place, span in enumerate(line):
        before = line[place - 1].text[-1:] if place else ""
        after = line[place + 1].text[:1] if place + 1 < len(line) else ""
        if isinstance(span, LinkSpan):
            parts.append(f"[{_link_text(span)}]({_url(span.url)})")
        elif span.bold:
            parts.append(_bold(span, before, after))
        else:
            parts.append(plain(span.text))
    return "".join(parts).strip()


def plain(text: str) -> str:
    """A plain text as Markdown that is shown the same."""
    if _HARMLESS.fullmatch(text):
        return text
    text = _SPACES.sub(" ", _PRIVATE.sub("\N{REPLACEMENT CHARACTER}", text)).translate(_LOOKALIKES)
    text = _LOOSE_UNDERSCORE.sub(lambda found: "\N{FULLWIDTH LOW LINE}" * len(found[0]), text)
    text = _MEANINGFUL_PAIR.sub(lambda found: found[0] + SEPARATOR, text)
    text = _TEMPLATE.sub(lambda found: found[0] + SEPARATOR, text)
    # A span may begin what a phone takes for a new block, even in the middle of a line.
    start = len(text) - len(text.lstrip())
    return text[:start] + SEPARATOR + text[start:] if _BLOCK_START.match(text, start) else text


def _bold(span: Text, before: str, after: str) -> str:
    """`**text**`, with punctuation at its ends left outside where asterisks would show."""
    core = span.text.strip()
    if before.isalnum():
        core = core.lstrip("".join(character for character in core if not character.isalnum()))
    if after.isalnum():
        core = core.rstrip("".join(character for character in core if not character.isalnum()))
    if not core:
        return plain(span.text)
    head, _, tail = span.text.partition(core)
    return f"{plain(head)}**{plain(core)}**{plain(tail)}"


def _link_text(span: LinkSpan) -> str:
    return plain(span.text.strip()).translate(_IN_LINK_TEXT) or _url(span.url)


def _url(url: str) -> str:
    """An address in which characters that could end it or be markup are percent-encoded."""
    url = _SPACES.sub("%20", _PRIVATE.sub("", url).strip()).translate(_IN_URL)
    url = _SURE_ENTITY.sub(r"\1%3B", url)
    return _LOOSE_URL_UNDERSCORE.sub("%5F", url)
