"""What is known of the page's accessibility, for where nobody gives a statement of their own."""

from __future__ import annotations

from html import escape

from bot.i18n import translator
from bot.knowledge.library import Knowledge
from bot.knowledge.values import Language


def accessibility_body(knowledge: Knowledge, language: Language) -> str:
    """The main part of the document, as HTML."""
    _ = translator(language)
    bot = knowledge.community.bot_name
    parts = [
        _element("h1", _("{bot}: accessibility", bot=bot)),
        _element("p", _("The page is made to meet WCAG 2.2 at the levels A and AA.")),
        _element(
            "p",
            _(
                "Each version is tested with axe-core in a browser: on a small and on a large "
                "screen, in light and in dark, and with the keyboard alone. That finds only a part "
                "of all faults. No expert has audited the page, and it has not been tried out by "
                "people who use a screen reader."
            ),
        ),
        _element("h2", _("What does not work")),
        _element(
            "ul",
            _element("li", _("The bot reads and writes text only: no speech, no signing.")),
            _element("li", _("Links lead to other people's pages, which may be less accessible.")),
            _element("li", _("The page needs JavaScript.")),
            raw=True,
        ),
        _element("h2", _("If something does not work for you")),
        _element("p", _("Tell us. You can also get the information in another way:")),
        _element("p", _contact(knowledge, language), raw=True),
    ]
    return "\n".join(parts)


def _contact(knowledge: Knowledge, language: Language) -> str:
    contact = knowledge.community.contact_point
    places = [
        f'<a href="{escape(address)}">{escape(shown)}</a>'
        for address, shown in (
            (contact.url, contact.url),
            (f"mailto:{contact.email}" if contact.email else None, contact.email),
        )
        if address and shown
    ]
    return "<br>\n".join([escape(contact.name[language]), *places])


def _element(tag: str, *content: str, raw: bool = False) -> str:
    """An element; its content is text, or with `raw` already markup."""
    return f"<{tag}>{''.join(content if raw else map(escape, content))}</{tag}>"
