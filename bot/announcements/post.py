"""An announcement becomes a post: an Answer in every language of the network at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cachetools import FIFOCache

from bot.announcements.meeting_snapshots import differences, occurrence_of
from bot.announcements.model import Announcement, Difference
from bot.announcements.own_words import own_words, paragraphs
from bot.announcements.permissions import ALL
from bot.announcements.sender import Target
from bot.answers import dates
from bot.answers.calendar_links import meeting_url
from bot.answers.meeting_views import MeetingView
from bot.answers.model import (
    MAX_ACTIONS,
    Action,
    Answer,
    Block,
    Heading,
    Line,
    LinkSpan,
    Paragraph,
    Span,
    Text,
)
from bot.answers.scope import Context, Scope
from bot.i18n import N_, Message, pN_, translator
from bot.knowledge.library import Knowledge
from bot.knowledge.models import Person, e164
from bot.knowledge.recurrence import Occurrence
from bot.knowledge.values import LANGUAGES, Language

INTENT = "announcement"
"""The intent that a post names, as answers do."""

MEMBER_CHANNELS = frozenset({"msteams"})
"""The channels that only members read."""

MAX_CONTACTS = 2
"""How many contact persons are named; with more, the community's address is given."""

CACHE_SIZE = 64
"""Posts that are kept, so that many conversations get one that is composed once."""

WHAT_CHANGED: Mapping[str, Message] = {
    "cancelled": N_("Takes place after all"),
    "when": N_("New time"),
    "place": N_("New place"),
    "online": N_("New link"),
    "registration": N_("Registration has changed"),
}
"""How the heading of news begins, by what has changed, the weightiest first."""

OTHER_CHANGE = pN_("news of a meeting", "Change")

EARLIER: Mapping[str, Message] = {
    "title": N_("Earlier title"),
    "when": N_("Earlier time"),
    "place": N_("Earlier place"),
    "host": N_("Earlier host"),
}
"""What news say of before, by field; no links, which would be followed."""


class Composer:
    """Composes posts, each only once for all conversations that read the same."""

    def __init__(
        self,
        knowledge: Callable[[], Knowledge],
        public_url: str | None = None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._knowledge = knowledge
        self._public_url = public_url
        self._now = now
        self._cached_for: Knowledge | None = None
        self._cache: FIFOCache[object, Answer] = FIFOCache(CACHE_SIZE)

    def __call__(self, announcement: Announcement, target: Target) -> Answer:
        """The post as it looks in one conversation."""
        knowledge = self._knowledge()
        if self._cached_for is not knowledge:
            self._cache.clear()
            self._cached_for = knowledge
        personal = (target.kind, target.locale) if target.kind == "personal" else None
        version = (announcement.id, announcement.version, announcement.late)
        key = (version, target.channel, target.networks, personal)
        made = self._cache.get(key)
        if made is None:
            today = self._now().astimezone(knowledge.zone).date()
            made = compose_post(announcement, knowledge, target, self._public_url, today)
            # A draft has no version of its own for each edit.
            if announcement.version:
                self._cache[key] = made
        return made


def compose_post(
    announcement: Announcement,
    knowledge: Knowledge,
    target: Target,
    public_url: str | None,
    today: dt.date | None = None,
) -> Answer:
    """The post as it looks in one conversation.

    It shows the meeting as `meeting_snapshot` has it: as it was announced, so that all
    conversations read the same until a coordinator changes it, unless it is posted late.
    `today` decides which persons may still be named.
    """
    occurrence = occurrence_of(announcement.meeting_snapshot, knowledge.zone)
    post = _Post(
        announcement,
        knowledge,
        target,
        public_url,
        occurrence,
        today or dt.datetime.now(knowledge.zone).date(),
    )
    languages = post.languages()
    blocks = [block for language in languages for block in post.blocks(language)]
    return Answer(
        language=languages[0],
        intents=(INTENT,),
        blocks=(*blocks, *post.why(languages[0])),
        actions=tuple(post.actions(languages))[:MAX_ACTIONS],
    )


@dataclass(frozen=True)
class _Post:
    announcement: Announcement
    knowledge: Knowledge
    target: Target
    public_url: str | None
    occurrence: Occurrence | None
    today: dt.date

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks for whose sake the conversation gets it."""
        known = [one for one in self.announcement.networks if one in self.knowledge.networks]
        own = [one for one in known if one in self.target.networks]
        return tuple(own or known)

    def languages(self) -> tuple[Language, ...]:
        """The networks' languages, and those that the coordinator wrote in."""
        announcement = self.announcement
        spoken = {
            language for key in self.networks for language in self.knowledge.networks[key].languages
        }
        if self.occurrence is not None:
            spoken |= announcement.note.keys()
        else:
            # Words that nobody wrote cannot be shown: a free one has the languages it was given.
            spoken = set(announcement.title)
        return tuple(one for one in LANGUAGES if one in spoken) or self.knowledge.languages[:1]

    def blocks(self, language: Language) -> Iterator[Block]:
        """The post in one language."""
        _ = translator(language)
        reminder = _("Reminder") + ": " if self.announcement.reminder else ""
        note = list(own_words(self.announcement.note.get(language, "")))
        if self.occurrence is None:
            yield Heading(reminder + self.announcement.title[language])
            yield from note
            yield from own_words(self.announcement.text.get(language, ""))
        else:
            view = self._view(self.occurrence, language)
            changes = self._changes(language)
            what = _change_words(changes).said(language) if self.announcement.previous else ""
            before = _("Cancelled") if view.cancelled else what
            before = f"{before}: " if before else reminder
            yield Heading(before + view.title)
            yield from note
            lines = (*_lines_before(changes, language), *self._meeting_lines(view, language))
            yield Paragraph(lines)
            if view.description and not view.cancelled:
                yield from paragraphs(view.description)
            if view.demo:
                yield Paragraph(((Text(_("A made-up example, not a real meeting.")),),))
        yield Paragraph((*self._ask(language), *self._messenger(language)))

    def _changes(self, language: Language) -> tuple[Difference, ...]:
        """Of news, what has changed of the meeting since it was posted."""
        before = occurrence_of(self.announcement.previous, self.knowledge.zone)
        if before is None or self.occurrence is None:
            return ()
        return differences(before, self.occurrence, language)

    def _view(self, occurrence: Occurrence, language: Language) -> MeetingView:
        context = Context(
            dt.datetime.combine(self.today, dt.time(12), self.knowledge.zone),
            members=self.target.channel in MEMBER_CHANNELS,
            public_url=self.public_url,
        )
        return MeetingView.of(occurrence, Scope(language, self.knowledge, context))

    def _meeting_lines(self, view: MeetingView, language: Language) -> Iterator[Line]:
        _ = translator(language)
        yield _labelled(_.pgettext("of a meeting", "When"), Text(view.when))
        if view.place:
            yield _labelled(_.pgettext("of a meeting", "Where"), Text(view.place))
        if view.cancelled:
            return
        if view.online_url:
            yield (_link(_("Join online"), view.online_url),)
        elif view.online_for_members:
            text = _("Online: the link is shown to members of the network in Teams.")
            yield (Text(text),)
        if view.registration_url:
            title = _("Register")
            if view.deadline:
                title = _("Register by {day}", day=view.deadline)
            yield (_link(title, view.registration_url),)
        if view.host:
            yield _labelled(_("Host"), Text(view.host))

    def _ask(self, language: Language) -> Iterator[Line]:
        """Whom to ask: persons of the networks, else the community's own address."""
        _ = translator(language)
        label = Text(_("More information") + ": ")
        persons: dict[str, Person] = {}
        for key in self.networks:
            for person in self.knowledge.contacts(key, self.today):
                persons.setdefault(person.key, person)
        if not persons or len(persons) > MAX_CONTACTS:
            point = self.knowledge.community.contact_point
            url = point.url or f"mailto:{point.email}"
            yield (label, _link(point.name[language], url))
            return
        code = self.knowledge.community.country_code
        for person in persons.values():
            role = f"{person.name}, {person.role[language]}"
            spans: list[Span] = [label, Text(role)]
            if person.phone:
                spans += [Text(", "), LinkSpan(person.phone, f"tel:{e164(person.phone, code)}")]
            if person.email:
                spans += [Text(", "), LinkSpan(person.email, f"mailto:{person.email}")]
            yield tuple(spans)

    def _messenger(self, language: Language) -> Iterator[Line]:
        """Outside Teams, where the bot is no member: how to ask it."""
        url = self.knowledge.community.facebook_page_messenger
        if url and self.target.channel not in MEMBER_CHANNELS:
            _ = translator(language)
            name = self.knowledge.community.bot_name
            yield (_link(_("Ask in Messenger: {bot}", bot=name), url),)

    def actions(self, languages: tuple[Language, ...]) -> Iterator[Action]:
        """`Add to calendar` in each language."""
        if self.occurrence is None or self.occurrence.cancelled:
            return
        for language in languages:
            url = meeting_url(self.public_url, self.occurrence.key, language)
            if url and url.startswith("https:"):
                _ = translator(language)
                yield Action(_("Add to calendar"), url)

    def why(self, language: Language) -> Iterator[Block]:
        """To a personal chat: why it comes, and how to stop it."""
        if self.target.kind != "personal":
            return
        locale = self.target.locale or ""
        language = next((one for one in LANGUAGES if locale.startswith(one)), language)
        _ = translator(language)
        followed = [
            self.knowledge.networks[key].short[language]
            for key in self.target.networks
            if key in self.knowledge.networks
        ]
        what = dates.joined(followed, language)
        if ALL in self.target.networks or not followed:
            what = _("all networks")
        text = _(
            "You get this message because you follow here: {networks}. If you want no more "
            "messages, write stop.",
            networks=what,
        )
        yield Paragraph(((Text(text),),))


def _change_words(changes: Sequence[Difference]) -> Message:
    """What the heading of news says: the change that decides whether and where people come."""
    fields = [one.field for one in changes]
    return next((WHAT_CHANGED[one] for one in WHAT_CHANGED if one in fields), OTHER_CHANGE)


def _lines_before(changes: Iterable[Difference], language: Language) -> Iterator[Line]:
    """What was so before, a line for each thing that people may have written down."""
    for one in changes:
        if one.field in EARLIER and one.before:
            yield _labelled(EARLIER[one.field].said(language), Text(one.before))


def _labelled(label: str, span: Span) -> Line:
    return (Text(f"{label}: "), span)


def _link(title: str, url: str) -> Span:
    if url.startswith(("https:", "mailto:")):
        return LinkSpan(title, url)
    return Text(f"{title}: {url}")
