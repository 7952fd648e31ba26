"""The answer templates of the intents: Jinja2 in a sandbox, made once for each Knowledge.

A line with nothing but one tag (`{% if … %}`) renders no line. Other answers are included by
`{% include "contacts.card" %}`, in the language of the template.
"""

from __future__ import annotations

import datetime as dt
import re
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from jinja2 import DictLoader, StrictUndefined, TemplateError, TemplateSyntaxError, pass_context
from jinja2.ext import Extension
from jinja2.runtime import Context as JinjaContext
from jinja2.sandbox import SandboxedEnvironment

from bot.answers import dates, markup
from bot.answers.markup import Trusted
from bot.answers.model import TITLE_LIMIT, Block
from bot.answers.template_check import Fault, Rules, find_faults
from bot.answers.variants import COMMON, DETAIL_NAMES, DETAILS, SINGLE, VARIANTS
from bot.answers.views import AddressView, LinkView
from bot.i18n import N_, Message, pN_
from bot.knowledge.crosscheck import AddFinding
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Detail, Intent, e164
from bot.knowledge.values import LANGUAGES, Language

_LONE_TAG = re.compile(r"^[ \t]*(\{[%#](?:(?![%#]\}).)*)([%#]\})[ \t]*\n", re.MULTILINE)


class LoneTags(Extension):
    """Makes lines with nothing but a tag render no line; line numbers of errors stay right."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        # The line break goes into the tag, where it means nothing.
        return _LONE_TAG.sub(r"\1\n\2", source)


class Environment(SandboxedEnvironment):
    """Templates are named `intent.variant.language`; an include leaves the language out."""

    def join_path(self, template: str, parent: str) -> str:
        """The full name of an included template."""
        return f"{template}.{parent.rpartition('.')[2]}"

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """No global names; Jinja's own mapping would take time for each answer."""
        return {}


def dialled(country_code: str | None) -> Callable[[str], Trusted]:
    """The filter `tel`: a phone number as its source writes it, with a link that dials it."""

    def tel(phone: str) -> Trusted:
        return markup.link(f"tel:{e164(phone, country_code)}", phone)

    return tel


def mail(address: str) -> Trusted:
    """An e-mail address with a link that writes to it."""
    return markup.link(f"mailto:{address}", address)


def link(url: str, title: str) -> Trusted:
    """A link with a title: `{{ url | link("title") }}`."""
    return markup.link(url, title)


def linked(page: LinkView | AddressView, title: str | None = None) -> Trusted:
    """A page or an address by its title, or by a shorter one, with its link where it has one."""
    if isinstance(page, LinkView):
        title = title or page.title
        return markup.link(page.url, title) if page.url else Trusted(markup.escape(title))
    if page.url:
        return markup.link(page.url, title or page.name)
    return Trusted(f"{markup.escape(title or page.name)}, {mail(page.email or '')}")


def upfirst(text: str) -> str:
    """The text with a capital first letter, the rest untouched."""
    kind = Trusted if isinstance(text, Trusted) else str
    return kind(text[:1].upper() + text[1:])


@pass_context
def joined(context: JinjaContext, items: Iterable[str]) -> Trusted:
    """`a, b ja c` in the language of the template; links stay links."""
    return Trusted(dates.joined((markup.escape(item) for item in items), context["language"]))


@pass_context
def day(context: JinjaContext, date: dt.date) -> str:
    """A date in the language of the template."""
    return dates.day(date, context["language"])


def names(items: Iterable[Any]) -> tuple[str, ...]:
    """The names of persons or networks: `{{ persons | names | joined }}`."""
    return tuple(item.name for item in items)


FILTERS = {
    "tel": dialled(None),
    "mail": mail,
    "link": link,
    "linked": linked,
    "upfirst": upfirst,
    "joined": joined,
    "day": day,
    "names": names,
}
PLAIN_FILTERS = ("length", "first", "last", "join", "lower", "upper")
"""The filters of Jinja that templates may use besides ours."""


def environment(sources: Mapping[str, str]) -> Environment:
    """The sandbox for templates, given by name."""
    made = Environment(
        loader=DictLoader(sources),
        undefined=StrictUndefined,
        extensions=[LoneTags],
        finalize=markup.escape,
        keep_trailing_newline=True,
        auto_reload=False,
        cache_size=-1,
    )
    made.filters = FILTERS | {name: made.filters[name] for name in PLAIN_FILTERS}
    made.globals = {}
    return made


class MissingAnswerError(LookupError):
    """An intent lacks an answer that it needs; the message says which."""


class Templates:
    """The answer templates of one Knowledge, compiled at first use."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._sources = {
            # An included answer ends its last line.
            f"{intent.key}.{variant}.{language}": text[language] + "\n"
            for intent in knowledge.intents.values()
            for variant, text in intent.answers.items()
            for language in LANGUAGES
        } | {
            f"{DETAILS}.{key}.{language}": detail.answer[language] + "\n"
            for key, detail in knowledge.details.items()
            for language in LANGUAGES
        }
        self._environment = environment(self._sources)
        self._environment.filters["tel"] = dialled(knowledge.community.country_code)

    def __contains__(self, name: str) -> bool:
        return f"{name}.fi" in self._sources

    def text(self, name: str, language: Language, data: Mapping[str, Any]) -> str:
        """The markup of the answer `intent.variant`; raises MissingAnswerError."""
        full = f"{name}.{language}"
        source = self._sources.get(full)
        if source is None:
            intent, _, variant = name.partition(".")
            raise MissingAnswerError(f"intents/{intent}.yaml: the answer `{variant}` is missing")
        if "{" not in source:
            return source  # Nothing to fill in.
        return self._environment.get_template(full).render(data, language=language)

    def blocks(self, name: str, language: Language, data: Mapping[str, Any]) -> tuple[Block, ...]:
        """The blocks of the answer `intent.variant`; raises MissingAnswerError."""
        return markup.parse(self.text(name, language, data))


_cache: dict[int, tuple[weakref.ref[Knowledge], Templates]] = {}


def templates_of(knowledge: Knowledge) -> Templates:
    """The templates of a Knowledge, cached as long as it exists."""
    key = id(knowledge)
    if key not in _cache:
        forget = weakref.ref(knowledge, lambda _: _cache.pop(key, None))
        _cache[key] = (forget, Templates(knowledge))
    return _cache[key][1]


@dataclass(frozen=True)
class TemplateFault:
    """Something wrong with an intent's answers."""

    value: Intent | Detail
    where: tuple[str | int, ...]
    """The field, from the top of the intent's file."""
    line: int
    """The line within the block text of that field, counted from 1; 0 where it is all of it."""
    message: Message


def check_templates(knowledge: Knowledge, report: AddFinding) -> None:
    """Reports what is wrong with the answers: syntax, unknown names, missing or needless ones."""
    for fault in template_faults(knowledge):
        report(fault.value, fault.where, fault.message, fault.line)


def template_faults(knowledge: Knowledge) -> Iterator[TemplateFault]:
    """What is wrong with the answers of all intents."""
    made = environment({})
    rules = Rules(
        frozenset(made.filters), frozenset(made.tests), lambda name: _needed(name, knowledge)
    )
    for intent in knowledge.intents.values():
        yield from _question_faults(intent)
        wanted = _variants(intent.key)
        if missing := [f"`{one}`" for one in wanted if one not in intent.answers]:
            message = N_("the answers {names} are missing", names=missing)
            yield TemplateFault(intent, ("answers",), 0, message)
        for variant, text in intent.answers.items():
            if variant not in wanted:
                message = N_(
                    "`{name}` is never used; the answers of this intent are: {known}",
                    name=variant,
                    known=[*wanted],
                )
                yield TemplateFault(intent, ("answers", variant), 0, message)
                continue
            names = COMMON | wanted[variant]
            for language in LANGUAGES:
                where = ("answers", variant, language)
                for fault in _faults(made, text[language], names, rules):
                    yield TemplateFault(intent, where, fault.line, fault.message)

    for detail in knowledge.details.values():
        for language in LANGUAGES:
            names = COMMON | DETAIL_NAMES[detail.of]
            for fault in _faults(made, detail.answer[language], names, rules):
                yield TemplateFault(detail, ("answer", language), fault.line, fault.message)


def _variants(intent: str) -> dict[str, dict[str, Any]]:
    return VARIANTS.get(intent, {SINGLE: {}})


def _needed(name: str, knowledge: Knowledge) -> Mapping[str, Any] | None:
    key, _, variant = name.partition(".")
    intent = knowledge.intents.get(key)
    if intent is None or variant not in intent.answers:
        return None
    return _variants(key).get(variant)


def _faults(
    made: Environment, text: str, names: Mapping[str, Any], rules: Rules
) -> Iterable[Fault]:
    try:
        return find_faults(made.parse(text), names, rules)
    except TemplateSyntaxError as error:
        return [Fault(error.lineno, _unreadable(error.message or ""))]


def _unreadable(original: str) -> Message:
    """What Jinja says of a template's syntax."""
    if found := re.search(r"unknown tag '(.*?)'", original):
        return pN_(
            "tag misplaced",
            "the template cannot be read: {original}",
            tag=found[1],
            original=original,
        )
    if found := re.search(r"needs to be closed is '(.*?)'", original):
        return pN_(
            "tag not closed",
            "the template cannot be read: {original}",
            tag=found[1],
            original=original,
        )
    return pN_("template broken", "the template cannot be read: {original}", original=original)


def _question_faults(intent: Intent) -> Iterator[TemplateFault]:
    for language in LANGUAGES:
        length = len(intent.question[language])
        if length > TITLE_LIMIT:
            message = N_(
                "a button holds {longest} characters; this has {length}",
                longest=TITLE_LIMIT,
                length=length,
            )
            yield TemplateFault(intent, ("question", language), 0, message)
        about = intent.question_about
        if about and not any(one in about[language] for one in ("{network}", "{where}")):
            where = ("question_about", language)
            yield TemplateFault(
                intent, where, 0, N_("write `{{network}}` where the network's name belongs")
            )


__all__ = [
    "MissingAnswerError",
    "TemplateError",
    "TemplateFault",
    "Templates",
    "check_templates",
    "template_faults",
    "templates_of",
]
