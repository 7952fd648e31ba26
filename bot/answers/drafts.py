"""Links that open a mail draft, filled in with a question and what the bot had answered.

The bot sends and keeps nothing: the draft is in the link alone, and whoever opens it decides.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from bot.answers.model import Action, Answer
from bot.answers.plain import plain_text
from bot.i18n import translator
from bot.knowledge.values import Language

MAX_LINK = 1_800
"""Characters of a link: longer ones are cut by some mail programs."""

MAX_SUBJECT = 60
"""Characters of the question that the subject shows."""


def mail_link(email: str, question: str, answer: str, language: Language) -> str:
    """The `mailto:` link, at most MAX_LINK characters long; the answer is cut first.

    Without question and answer the draft is empty.
    """
    question, answer = question.strip(), answer.strip()
    while True:
        link = _link(email, question, answer, language)
        if len(link) <= MAX_LINK:
            return link
        over = len(link) - MAX_LINK
        # A letter takes up to twelve characters of a link.
        if answer:
            answer = answer[: max(len(answer) - max(over // 12, 1), 0)]
        elif question:
            question = question[: max(len(question) - max(over // 12, 1), 0)]
        else:
            return f"mailto:{email}"


def _link(email: str, question: str, answer: str, language: Language) -> str:
    _ = translator(language)
    subject = _("Question to the bot")
    if question:
        about = " ".join(question.split())
        shown = about if len(about) <= MAX_SUBJECT else f"{about[: MAX_SUBJECT - 1]}…"
        subject = f"{subject}: {shown}"
    lines = []
    if question:
        lines.append(_("I asked the bot: {question}", question=question))
    if answer:
        lines += ["", _("It answered:"), answer]
    if not lines:
        return f"mailto:{email}"
    body = "\r\n".join(line for text in (*lines, "", "") for line in text.split("\n"))
    return f"mailto:{email}?subject={_quoted(subject)}&body={_quoted(body)}"


def _quoted(text: str) -> str:
    """A text as part of a link; half a sign, which a cut can leave behind, as a question mark."""
    return quote(text.replace("\0", ""), safe="", errors="replace")


def reported_with(answer: Answer, question: str) -> Answer:
    """The answer, its button for wrong information filled in with the question and itself."""

    def filled(action: Action) -> Action:
        if not (action.reports and action.url.startswith("mailto:")):
            return action
        bare = replace(answer, actions=())
        email = action.url.removeprefix("mailto:")
        return replace(action, url=mail_link(email, question, plain_text(bare), answer.language))

    return replace(answer, actions=tuple(filled(one) for one in answer.actions))
