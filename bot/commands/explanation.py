"""The screen of `taikubot explain`: for editors, why a message was understood as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap

from bot.answers.model import Suggestion
from bot.channels.conversation import Reply
from bot.i18n import N_, Message, Translator, pN_, said, translator
from bot.knowledge.library import DISTRESS, FALLBACK, Knowledge
from bot.knowledge.models import DistressKind
from bot.knowledge.values import LANGUAGES
from bot.understanding.acts import WISH_WORDS
from bot.understanding.model import (
    QUESTION,
    DistressFound,
    Evidence,
    IntentMatch,
    Interpretation,
    OtherFound,
    Request,
    Understanding,
)
from bot.understanding.other_languages import OTHER_LANGUAGE
from bot.understanding.phrase_source import find_source_phrase, last_phrase_line
from bot.understanding.training import refused_labels

WIDTH = 80
HEAD = 14
"""Columns of the names at the left."""

MAX_MESSAGE = 3 * (WIDTH - HEAD)
"""Characters of the message that are shown: a thousand would push the rest off the screen."""

MAX_CLAUSES = 3
MAX_PLACES = 2
"""Intents for which the place of a new phrase is shown."""

_KINDS = {
    # i18n: names of rows in `taikubot explain`, at most 13 characters.
    "network": pN_("explain", "network"),
    # i18n: at most 13 characters.
    "region": pN_("explain", "region"),
    # i18n: at most 13 characters.
    "municipality": pN_("explain", "municipality"),
    # i18n: at most 13 characters.
    "person": pN_("explain", "person"),
    # i18n: at most 13 characters.
    "time": pN_("explain", "time"),
}
"""What a mention is called."""

_DISTRESS: dict[DistressKind, Message] = {
    "wish_to_die": pN_("distress", "a wish to die"),
    "self_harm": pN_("distress", "self-harm"),
    "overdose": pN_("distress", "an overdose"),
    "violence": pN_("distress", "violence"),
    "sexual_violence": pN_("distress", "sexual violence"),
    "danger": pN_("distress", "danger"),
    "child": pN_("distress", "a child in need"),
    "threatened": pN_("distress", "being threatened or followed"),
    "worry": pN_("distress", "fear for somebody else's life"),
    "alone": pN_("distress", "loneliness"),
    "grief": pN_("distress", "grief"),
    "panic": pN_("distress", "anxiety or panic"),
    "exhausted": pN_("distress", "exhaustion"),
    "hopeless": pN_("distress", "hopelessness"),
    "bullied": pN_("distress", "being bullied"),
    "addiction": pN_("distress", "addiction"),
    "eating": pN_("distress", "an eating disorder"),
    "homeless": pN_("distress", "losing one's home or money"),
    "asks_for_help": pN_("distress", "asking for help"),
}
"""What a sign of distress is a sign of."""

_LEARNED = pN_("distress", "learned from examples")
"""What is said where no sign was found; the words are those that weigh most."""


def explanation(reply: Reply, knowledge: Knowledge, intents: Path, language: str = "en") -> str:
    """The screen in a language: at most 80 columns wide.

    `intents` is the folder as the editor knows it.
    """
    return "\n".join(_Screen(knowledge, intents, translator(language)).lines(reply))


class _Screen:
    """What `explain` shows, said in one language."""

    def __init__(self, knowledge: Knowledge, intents: Path, _: Translator) -> None:
        self._knowledge = knowledge
        self._intents = intents
        self._ = _

    def lines(self, reply: Reply) -> Iterator[str]:
        """All of it, line by line."""
        _ = self._
        understanding = reply.understanding
        evidence = understanding.evidence
        shown = _cut(" ".join(evidence.tokens), MAX_MESSAGE)
        # i18n: the name of a row in `taikubot explain`, as those below: at most 13 characters.
        yield from _row(_.pgettext("explain row", "words"), shown or _("(none)"))
        # i18n: {language} is fi, sv or en; {reason} such as "its words (97%)".
        text = _(
            "{language}, by {reason}",
            language=understanding.language,
            reason=evidence.language_reason,
        )
        yield from _row(_.pgettext("explain row", "language"), text)
        yield from self._mentions(evidence)
        for rule in evidence.rules:
            yield from _row(_.pgettext("explain row", "rule"), said(rule, _.language))
        if move := evidence.move:
            # i18n: {move} is such as `shorter`; {share} is a probability.
            text = _(
                "{move}, learned from examples ({share})",
                move=move.key,
                share=f"{move.probability:.2f}",
            )
            # i18n: the row that names what a message is in the middle of a talk, such as `shorter`.
            yield from _row(_.pgettext("explain row", "in the talk"), text)
        if evidence.other:
            yield from self._other_language(evidence.other)
        if understanding.distress:
            yield from self._distress(understanding.distress, understanding.refused)
        yield from self._denials(evidence)
        yield ""
        if evidence.by_names:
            nothing = _("nothing: names and small words alone decide")
            yield from _row(_.pgettext("explain row", "matched"), nothing)
        else:
            yield from self._matching(evidence)
        yield ""
        yield from self._outcome(understanding, reply.answer.suggestions)
        if not evidence.by_names and evidence.line:
            yield ""
            yield from self._to_add(understanding)

    def _mentions(self, evidence: Evidence) -> Iterator[str]:
        _ = self._
        for mention in dict.fromkeys(evidence.mentions):
            # i18n: {how} is such as "exact" or "without dots".
            text = _(
                "{key}, from `{text}` ({how})",
                key=mention.key,
                text=mention.text,
                how=mention.how,
            )
            yield from _row(said(_KINDS.get(mention.kind, mention.kind), _.language), text)
        if not evidence.mentions:
            yield from _row(_.pgettext("explain row", "names"), _("none found"))

    def _other_language(self, other: OtherFound) -> Iterator[str]:
        _ = self._
        known = self._knowledge.other_languages.get(other.code)
        spoken = next((one for one in LANGUAGES if one == _.language), LANGUAGES[-1])
        name = known.name[spoken] if known else other.code
        # i18n: {name} is that of a language, {words} those of the message, or a script.
        sure = N_("{name}, by {words}", name=name, words=list(other.by))
        # i18n: {name} is that of a language, {words} those of the message.
        perhaps = N_(
            "{name}, by {words}, if nothing is understood", name=name, words=list(other.by)
        )
        text = (sure if other.sure else perhaps).said(_.language)
        # i18n: the row that names a language which the bot does not speak.
        yield from _row(_.pgettext("explain row", "foreign"), text)

    def _distress(self, found: DistressFound, alone: bool) -> Iterator[str]:
        _ = self._
        # i18n: {kind} is such as "violence"; {words} are those of the message.
        sure = N_("sure ({kind}), by `{words}`: the notice is the answer")
        maybe = N_("maybe ({kind}), by `{words}`: the answer gets one more line")
        nothing_else = N_(
            "maybe ({kind}), by `{words}`: nothing else is answered, so the notice is"
        )
        text = sure if found.tier == "sure" else nothing_else if alone else maybe
        kind = (_DISTRESS[found.kind] if found.kind else _LEARNED).said(_.language)
        said_by = text.filled(kind=kind, words=found.words).said(_.language)
        yield from _row(_.pgettext("explain row", "distress"), said_by)
        if found.kind is None:
            return
        path = self._intents / DISTRESS / f"{found.language}.yaml"
        yield from _row(
            "",
            _(
                "{path}, `{section}`: {sign}",
                path=path,
                section=f"{found.stands_under}: {found.kind}:",
                sign=_cut(found.text, 2 * (WIDTH - HEAD)),
            ),
        )
        if found.lowered_by:
            yield from _row(
                "", _("not sure, since `{word}` is about art, study or work", word=found.lowered_by)
            )

    def _denials(self, evidence: Evidence) -> Iterator[str]:
        """What the message denies, and what is left to be read."""
        _ = self._
        for at, part in enumerate(evidence.denied):
            text = _("`{text}`: not answered", text=_cut(part, MAX_MESSAGE))
            yield from _row("" if at else _.pgettext("explain row", "denied"), text)
        if evidence.denied:
            left = _cut(evidence.asserted, MAX_MESSAGE)
            text = _("`{text}`: this alone is read", text=left) if left else _("nothing else")
            yield from _row(_.pgettext("explain row", "asked"), text)

    # What the matchers say

    def _matching(self, evidence: Evidence) -> Iterator[str]:
        _ = self._
        if not evidence.matches:
            nothing = _("nothing: there are no words")
            yield from _row(_.pgettext("explain row", "matched"), nothing)
            return
        # i18n: heads of columns in `taikubot explain`: at most 18, 5, 6 and 6 characters.
        intent = _.pgettext("explain column", "intent")
        score = _.pgettext("explain column", "score")
        model = _.pgettext("explain column", "model")
        words = _.pgettext("explain column", "words")
        phrase = _.pgettext("explain column", "nearest phrase")
        yield f"{intent:<19}{score:>6}{model:>7}{words:>7}  {phrase}"
        for match in evidence.matches:
            numbers = f"{match.score:>6.2f}{match.linear:>7.2f}{match.alignment:>7.2f}"
            yield f"{_cut(match.label, 18):<19}{numbers}  {self._phrase(match, WIDTH - 41)}"
        yield ""
        whole = evidence.interpretations[0]
        best, *others = evidence.matches
        if others:
            text = _(
                "{margin} between {best} and {second}",
                margin=f"{best.score - others[0].score:.2f}",
                best=best.label,
                second=others[0].label,
            )
            yield from _row(_.pgettext("explain row", "margin"), text)
        yield from _row(_.pgettext("explain row", "scorers"), self._agreement(whole))
        unknown = _.pgettext("explain unknown", "none")
        if evidence.unknown_words:
            listed = ", ".join(evidence.unknown_words)
            unknown = _("{words}: in no phrase that is answered", words=listed)
        yield from _row(_.pgettext("explain row", "unknown"), unknown)
        confidence = self._confidence(whole, evidence.threshold)
        yield from _row(_.pgettext("explain row", "confidence"), confidence)
        for number, reading in enumerate(_surest(evidence.interpretations[1:]), 1):
            judged = (
                self._confidence(reading, evidence.threshold)
                if reading.counts
                else _("tells, asks nothing")
            )
            clause = _.pgettext("explain row", "clause {number}", number=number)
            yield from _row(clause, f"`{' '.join(reading.words)}`: {judged}")

    def _phrase(self, match: IntentMatch, width: int) -> str:
        source = find_source_phrase(match.label, match.phrase, self._knowledge)
        if source is None:
            return _cut(match.phrase, width)
        place = self._("line {line}", line=source.line)
        topic = f" {source.topic}" if source.topic else ""
        return _cut(f"{place}{topic}: {source.phrase.text}", width)

    def _agreement(self, reading: Interpretation) -> str:
        if reading.linear == reading.alignment:
            return self._("agree: both take it for {intent}", intent=reading.linear)
        return self._(
            "disagree: the model says {linear}, the words say {alignment}",
            linear=reading.linear,
            alignment=reading.alignment,
        )

    def _confidence(self, reading: Interpretation, threshold: float) -> str:
        # i18n: {probability} that the question is of {intent}; {threshold} is needed to answer.
        enough = N_("{probability} that it is {intent}; enough (it takes {threshold})")
        not_enough = N_("{probability} that it is {intent}; not enough (it takes {threshold})")
        text = enough if reading.confidence >= threshold else not_enough
        return text.filled(
            probability=f"{reading.confidence:.2f}",
            intent=reading.label,
            threshold=f"{threshold:.2f}",
        ).said(self._.language)

    # What became of it

    def _outcome(
        self, understanding: Understanding, suggestions: Sequence[Suggestion]
    ) -> Iterator[str]:
        _ = self._
        for request in understanding.requests:
            yield from _row(_.pgettext("explain row", "understood"), self._request(request))
            if (wish := WISH_WORDS.get(request.wish)) is not None:
                yield from _row(_.pgettext("explain row", "wish"), wish.said(_.language))
        if not understanding.refused:
            return
        offered = _.pgettext("explain row", "offered")
        titles = {each.intent: each.title for each in suggestions}
        for at, guess in enumerate(understanding.guesses):
            name = _named(guess)
            title = titles.get(name)
            # i18n: an intent that is offered, and the text of its button.
            text = _("{intent}, as `{title}`", intent=name, title=title) if title else name
            yield from _row("" if at else offered, text)
        if not understanding.guesses:
            yield from _row(offered, _.pgettext("explain offered", "nothing"))

    def _request(self, request: Request) -> str:
        _ = self._
        if request.intent == FALLBACK:
            if request.topic.startswith(OTHER_LANGUAGE):
                return _("nothing, in a language that the bot does not speak")
            if request.topic:
                return _(
                    "nothing that is answered ({topic}, which has an answer of its own)",
                    topic=request.topic,
                )
            return _("nothing that is answered")
        entities = request.entities
        about = [*entities.networks, *entities.persons]
        if period := entities.period:
            # i18n: two days, as 2026-12-01.
            about.append(_("{first} to {last}", first=period.start, last=period.end))
        about += (*entities.meetings, *entities.questions)
        asked = f"{request.intent}:{request.topic}" if request.topic else request.intent
        if not about:
            return asked
        return _("{intent} about {subjects}", intent=asked, subjects=about)

    # What to add

    def _to_add(self, understanding: Understanding) -> Iterator[str]:
        _ = self._
        evidence = understanding.evidence
        if not understanding.refused:
            yield from _row(
                _.pgettext("explain row", "to change"),
                _("if it means something else, write it to the file of that:"),
            )
            yield f"{'':<{HEAD}}{evidence.line}"
            return
        refused = refused_labels(match.label for match in evidence.matches)
        nearest = [match.label for match in evidence.matches if match.label not in refused]
        wanted = list(map(_named, understanding.guesses))[:MAX_PLACES]
        yield from _row(
            _.pgettext("explain row", "to add"),
            _("nothing, if a question like this must not be answered"),
        )
        language = understanding.language
        for intent in wanted or nearest[:1]:
            place = self._section(intent, "", language)
            yield from _row("", _("for {intent}: {place}", intent=intent, place=place))
        topic = next(
            (
                source.topic
                for match in evidence.matches
                if match.label in refused
                and (source := find_source_phrase(match.label, match.phrase, self._knowledge))
                is not None
            ),
            "",
        )
        if topic:
            place = self._section(FALLBACK, topic, language)
            yield from _row("", _("if it is not ours, to be surer of it: {place}", place=place))
        yield from _row("", _("the line to paste there:"))
        yield f"{'':<{HEAD}}{evidence.line}"

    def _section(self, label: str, topic: str, language: str) -> str:
        intent, _, detail = label.partition(":")
        if intent == QUESTION:
            return f"questions/{detail}.yaml, `question: {language}:`"
        keys = f"topics: {topic}: {language}:" if topic else f"phrases: {language}:"
        file = self._intents / (f"details/{detail}" if detail else intent)
        place, topic = f"{file}.yaml, `{keys}`", topic or detail
        end = last_phrase_line(intent, topic, language, self._knowledge)
        return self._("{place}, after line {line}", place=place, line=end) if end else place


def _named(request: Request) -> str:
    """The intent, and of a question of the content its key: as `ask --json` names suggestions."""
    return ":".join([request.intent, *request.entities.questions])


def _row(name: str, text: str) -> list[str]:
    """A named row, wrapped; the name stands at its first line only."""
    rows = wrap(text, WIDTH - HEAD, break_on_hyphens=False) or [""]
    return [
        f"{_cut(name, HEAD - 1) if at == 0 else '':<{HEAD}}{row}".rstrip()
        for at, row in enumerate(rows)
    ]


def _surest(interpretations: Sequence[Interpretation]) -> list[Interpretation]:
    """The surest few different ones, in their order."""
    different = list(dict.fromkeys(interpretations))
    surest = sorted(different, key=lambda each: -each.confidence)[:MAX_CLAUSES]
    return [reading for reading in different if reading in surest]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
