"""Where coordinators' words and buttons go: one handler each."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable

from bot.announcements.errors import AnnouncementError, NotAllowed, WrongState
from bot.announcements.meeting_editing import MeetingEditor
from bot.announcements.permissions import Coordinators
from bot.announcements.service import Announcements
from bot.announcements.subscriptions import Subscriptions
from bot.answers.compose import Context, compose_named
from bot.answers.model import Answer
from bot.i18n import translator
from bot.knowledge.library import Knowledge
from bot.understanding.model import Request

from . import elements as e
from .actor import Actor
from .announcement_forms import AnnouncementForms, Naming
from .card_actions import CardAction, Json, Shown
from .follow_forms import MeetingChanges
from .installations import InstallationTracker
from .meeting_forms import MeetingForms
from .report_cards import ReportCards

Said = Answer | Shown | str
"""An answer, a card of ours, or a sentence that changes no card."""

Handler = Callable[[Actor, CardAction], Awaitable[Said]]


class CoordinatorRouter:
    """All that Teams can do beside answering: following, meetings, announcements.

    `name_of` asks for the name of a conversation; `now` is aware.
    """

    def __init__(
        self,
        announcements: Announcements,
        meetings: MeetingEditor,
        subscriptions: Subscriptions,
        coordinators: Coordinators,
        knowledge: Callable[[], Knowledge],
        *,
        name_of: Naming,
        public_url: str | None = None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._announcements = announcements
        self._coordinators = coordinators
        self._knowledge = knowledge
        self._now = now
        self.installations = InstallationTracker(subscriptions)
        self.reports = ReportCards(announcements, knowledge, public_url)
        self._following = MeetingChanges(
            announcements, subscriptions, coordinators, knowledge, self._context
        )
        self._meetings = MeetingForms(meetings, coordinators, knowledge, now)
        self._forms = AnnouncementForms(announcements, coordinators, knowledge, name_of, now)
        self._handlers: dict[str, Handler] = self._known()

    async def asked(self, actor: Actor, text: str, requests: Iterable[Request]) -> Said | None:
        """The answer to words that ask for something of ours; None for any other."""
        if await self._following.stops(actor, text):
            return await self._following.unfollow(actor)
        try:
            for request in requests:
                if (answer := await self._asked(actor, request)) is not None:
                    return answer
        except NotAllowed:
            return self._tell("announce.refused", actor)
        return None

    async def pressed(self, actor: Actor, press: CardAction) -> Said:
        """What a button does; where it may not or cannot, a sentence says why."""
        handler = self._handlers.get(press.do)
        if handler is None:
            _ = translator(actor.language)
            return _("I do not know this button. Start anew, and I will make another.")
        try:
            return await handler(actor, press)
        except WrongState as error:
            # The card is older than the announcement: show how things are, and why not.
            return await self._as_it_is(actor, press, error.said(actor.language))
        except AnnouncementError as error:
            return error.said(actor.language)

    def knows(self, press: CardAction) -> bool:
        """Whether a button is one of ours as they are today."""
        return press.do in self._handlers

    def offers(self, actor: Actor, occurrences: tuple[str, ...]) -> list[Json]:
        """The buttons under an answer that tells of meetings, for who may announce them."""
        return self._forms.offers(actor, occurrences) if occurrences else []

    async def track(self, actor: Actor, announcement: str, card: str) -> None:
        """Remembers on which card the progress of an announcement is shown."""
        assert actor.who is not None
        place = {
            "service_url": actor.target.service_url,
            "conversation": actor.conversation,
            "activity": card,
            "language": actor.language,
        }
        with contextlib.suppress(AnnouncementError):  # The right may have ended this moment.
            await self._announcements.show_progress(actor.who, announcement, place)

    async def _asked(self, actor: Actor, request: Request) -> Said | None:
        match request.intent:
            case "follow":
                return await self._following.follow(actor, request)
            case "unfollow":
                return await self._following.unfollow(actor, request)
            case "forget_me":
                return await self._following.forget(actor)
            case "whoami":
                return self._whoami(actor)
            case "announce":
                return self._forms.start(actor)
            case "announcements":
                if actor.who is None or not self._coordinators.is_coordinator(actor.who):
                    raise NotAllowed
                return await self.reports.listing(actor)
            case "add_meeting":
                return self._meetings.start(actor, request.entities.networks)
        return None

    def _whoami(self, actor: Actor) -> Answer | None:
        who = actor.who
        if who is None:
            return None
        knowledge = self._knowledge()
        networks = self._coordinators.networks_of(who, knowledge)
        names = tuple(knowledge.networks[key].short[actor.language] for key in networks)
        return self._tell(
            "whoami.known",
            actor,
            id=who.id,
            tenant=who.tenant,
            networks=names,
            everything=len(names) == len(knowledge.networks),
        )

    def _known(self) -> dict[str, Handler]:
        following, meetings = self._following, self._meetings
        forms, reports = self._forms, self.reports
        return {
            "follow": following.chosen,
            "unfollow": lambda actor, _: following.unfollow(actor),
            "meeting.new": _at_once(lambda actor, _: meetings.start(actor)),
            "meeting.form": _at_once(meetings.form),
            "meeting.save": meetings.save,
            "meeting.list": _at_once(lambda actor, _: meetings.listed(actor)),
            "meeting.time": _at_once(meetings.time),
            "meeting.move": meetings.move,
            "meeting.ask": _at_once(meetings.ask),
            "meeting.cancel": meetings.cancel,
            "announce.new": _at_once(lambda actor, _: forms.start(actor)),
            "announce.meeting": forms.meeting,
            "announce.free": _at_once(lambda actor, _: forms.free(actor)),
            "announce.edit": forms.again,
            "announce.preview": forms.preview,
            "announce.show": self._draft,
            "announce.confirm": reports.confirm,
            "report.show": reports.show,
            "report.stop": reports.stop,
            "report.retry": reports.retry,
            "report.edit": reports.edit,
            "report.change": reports.change,
            "report.update": reports.update,
            "report.ask": reports.ask_recall,
            "report.recall": reports.recall,
            "report.paste": reports.paste,
        }

    async def _as_it_is(self, actor: Actor, press: CardAction, why: str) -> Said:
        id_ = press.get("id")
        if not id_:
            return why
        try:
            shown = await self.reports.show(actor, press)
            if shown.draft:
                shown = await self._forms.shown(actor, id_)
        except AnnouncementError:
            return why
        shown.card["body"].insert(0, e.fault(why))
        return shown

    async def _draft(self, actor: Actor, press: CardAction) -> Said:
        """A draft where it was left, also after a restart."""
        return await self._forms.shown(actor, press.get("id"))

    def _tell(self, name: str, actor: Actor, **data: object) -> Answer:
        return compose_named(name, actor.language, self._knowledge(), self._context(), **data)

    def _context(self) -> Context:
        return Context(self._now().astimezone(self._knowledge().zone), members=True)


def _at_once(handler: Callable[[Actor, CardAction], Said]) -> Handler:
    """A handler that waits for nothing."""

    async def handle(actor: Actor, press: CardAction) -> Said:
        return handler(actor, press)

    return handle
