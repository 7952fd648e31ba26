"""Routes messages and card actions about following, meetings and announcements to handlers."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace

import structlog

from bot.announcements.errors import AnnouncementError, NotAllowed, WrongState
from bot.announcements.freshness import Freshness, Question
from bot.announcements.meeting_editing import MeetingEditor
from bot.announcements.model import State
from bot.announcements.names import Names
from bot.announcements.permissions import Coordinators
from bot.announcements.service import Announcements
from bot.announcements.subscriptions import Subscriptions
from bot.answers.compose import Context, compose_named
from bot.answers.model import Answer
from bot.i18n import N_, Message, translator
from bot.knowledge.library import DISTRESS, FALLBACK, Knowledge
from bot.store.database import DATABASE_GONE
from bot.store.trouble import ends_by_itself, short_reason
from bot.understanding.acts import FOLLOW, FORGET, UNFOLLOW
from bot.understanding.meeting_changes import ADD_MEETING, change_wished
from bot.understanding.model import Request

from ..cards import Json
from . import elements as e
from .actor import Actor
from .acts import Acts
from .announcement_forms import AnnouncementForms
from .card_actions import CardAction, CardReply, button
from .content_forms import ContentForms
from .installations import InstallationTracker
from .meeting_forms import MeetingForms
from .report_cards import ReportCards

log = structlog.get_logger(__name__)

RouterReply = Answer | CardReply | str
"""An answer, a form, or a sentence that is shown without changing the card."""

Handler = Callable[[Actor, CardAction], Awaitable[RouterReply]]


DONE_ALREADY: Mapping[tuple[str, State], Message] = {
    **dict.fromkeys(
        (("announce.confirm", State.SENDING), ("announce.confirm", State.SENT)),
        N_("This was sent already, and nothing is sent twice. So far:"),
    ),
    ("announce.confirm", State.SCHEDULED): N_("This was scheduled already. It is sent once."),
    ("report.stop", State.CANCELLED): N_("This was stopped already."),
    ("report.recall", State.RECALLED): N_("This was to be recalled already. So far:"),
    ("report.recall", State.CANCELLED): N_("This was called off already."),
    ("report.retry", State.SENDING): N_("It is being tried again already. So far:"),
}
"""What is said of a press that was done before, by the state that it led to."""

ACTS = (FOLLOW, UNFOLLOW, FORGET)

WAYS_IN = frozenset(("whoami", "help"))
"""Intents whose answers show a coordinator, in their own chat, what they can do here."""


class CoordinatorRouter:
    """What the bot does in Teams besides answering: following, meetings, announcements.

    `names` asks for the names of conversations; `now` gives an aware time.
    """

    def __init__(
        self,
        announcements: Announcements,
        meetings: MeetingEditor,
        subscriptions: Subscriptions,
        coordinators: Coordinators,
        knowledge: Callable[[], Knowledge],
        *,
        names: Names,
        freshness: Freshness,
        public_url: str | None = None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._announcements = announcements
        self._coordinators = coordinators
        self._knowledge = knowledge
        self._now = now
        self.installations = InstallationTracker(subscriptions)
        self.reports = ReportCards(announcements, knowledge, names, public_url)
        self._acts = Acts(announcements, subscriptions, coordinators, knowledge, self._context)
        self._meetings = MeetingForms(meetings, announcements, coordinators, knowledge, now)
        self._content = ContentForms(meetings, coordinators, freshness, self._context)
        self._freshness = freshness
        self._forms = AnnouncementForms(announcements, coordinators, knowledge, names, now)
        self._handlers: dict[str, Handler] = self._action_handlers()

    async def reply_to_message(
        self, actor: Actor, text: str, requests: Iterable[Request]
    ) -> RouterReply | None:
        """The reply to a message that asks for one of these; None for any other message."""
        asked = tuple(requests)
        forgets = any(one.intent == "forget_me" for one in asked)
        if actor.who is not None and actor.target.kind == "personal" and not forgets:
            place = (actor.target.service_url, actor.target.remote_id, actor.language)
            await self._freshness.wrote(actor.who, *place)
        try:
            if (offer := await self._acts.reply_to_stop_word(actor, text)) is not None:
                return offer
            if (led := await self._led_to_meeting(actor, text, asked)) is not None:
                return led
            for request in asked:
                if (answer := await self._reply_to_request(actor, request, text)) is not None:
                    return answer
        except NotAllowed:
            return self._nobody_may(actor) or self._tell("announce.refused", actor)
        except DATABASE_GONE as error:
            return self._tell_why_not(actor, error)
        return None

    async def run_action(self, actor: Actor, action: CardAction) -> RouterReply:
        """Runs the handler of an action; the errors of the service become texts for the actor."""
        handler = self._handlers.get(action.do)
        if handler is None:
            _ = translator(actor.language)
            return _("I do not know this button. Start anew, and I will make another.")
        try:
            return await handler(actor, action)
        except WrongState as error:
            # The card shows an older state: show the current one with the reason.
            return await self._show_current_state(actor, action, error.said(actor.language))
        except NotAllowed as error:
            return self._nobody_may(actor) or error.said(actor.language)
        except AnnouncementError as error:
            return error.said(actor.language)
        except DATABASE_GONE as error:
            return self._tell_why_not(actor, error)

    def question(self, question: Question) -> Json:
        """The card that asks a coordinator whether what is told is still right."""
        return self._content.question(question)

    def is_known(self, action: CardAction) -> bool:
        """Whether an action has a handler: cards of older versions may have others."""
        return action.do in self._handlers

    def forgets(self, action: CardAction) -> bool:
        """Whether an action has who pressed its button forgotten."""
        return self._acts.forgets(action)

    def buttons_below(self, actor: Actor, answer: Answer) -> list[Json]:
        """The buttons below an answer for a coordinator: of meetings to announce, and of what it
        tells that can be changed."""
        own = self._is_coordinator(actor) and actor.target.kind == "personal"
        if own and WAYS_IN.intersection(answer.intents):
            return self._ways_in(actor)
        if meetings := answer.shown.meetings:
            buttons = self._forms.announce_buttons(actor, meetings)
            return [*buttons, self._coming(actor)] if own else buttons
        return self._content.buttons(actor, answer)

    def _ways_in(self, actor: Actor) -> list[Json]:
        """All that a coordinator can do, as buttons."""
        language, _ = actor.language, translator(actor.language)
        return [
            button(_("New announcement"), "announce.new", language),
            button(_("Announcements"), "report.list", language),
            button(_("Add a meeting"), "meeting.new", language),
            self._coming(actor),
            button(_("Your network’s details"), "content.start", language),
        ]

    @staticmethod
    def _coming(actor: Actor) -> Json:
        _ = translator(actor.language)
        return button(_("Coming meetings"), "meeting.list", actor.language)

    async def track_progress(self, actor: Actor, announcement: str, card: str) -> None:
        """Saves on which card the progress of an announcement is shown."""
        assert actor.who is not None
        place = {
            "service_url": actor.target.service_url,
            "conversation": actor.conversation,
            "activity": card,
            "language": actor.language,
        }
        with contextlib.suppress(AnnouncementError):  # The permission may have ended meanwhile.
            await self._announcements.show_progress(actor.who, announcement, place)

    async def _reply_to_request(
        self, actor: Actor, request: Request, text: str
    ) -> RouterReply | None:
        match request.intent:
            case "follow" | "unfollow" | "forget_me" | "following":
                return await self._acts.reply(actor, request)
            case "whoami":
                return self._whoami(actor)
            case "announce":
                return self._forms.start(actor)
            case "announcements":
                return await self._listing(actor)
            case "add_meeting":
                return self._meetings.start(actor, request.entities, text)
            case intent if intent == FALLBACK and self._adds_series(actor, request, text):
                return self._meetings.start(actor, request.entities, text)
            case "change_details" if self._is_coordinator(actor):
                return self._content.start(actor, request.entities.networks)
        return None

    async def _led_to_meeting(
        self, actor: Actor, text: str, asked: tuple[Request, ...]
    ) -> CardReply | None:
        """The form of a meeting that a coordinator wants to change, or a list to choose from.

        What was understood otherwise keeps its answer, unless the message begins with the verb.
        """
        if not self._is_coordinator(actor) or not asked:
            return None
        first = asked[0]
        wish = change_wished(text, self._knowledge())
        if wish is None or first.topic == DISTRESS or first.intent in ACTS:
            return None
        unsure = first.intent in (ADD_MEETING, FALLBACK)
        names_one = unsure and self._meetings.names_one(actor, wish)
        if not (wish.about or names_one) or not (unsure or wish.first):
            return None
        if wish.change == "copy":
            return self._meetings.copies(actor)
        return await self._meetings.by_words(actor, wish)

    def _adds_series(self, actor: Actor, request: Request, text: str) -> bool:
        is_ours = self._is_coordinator(actor) and request.topic != DISTRESS
        return is_ours and self._meetings.adds_series(actor, text)

    async def _listing(self, actor: Actor) -> CardReply:
        if not self._is_coordinator(actor):
            raise NotAllowed
        return await self.reports.listing(actor)

    def _is_coordinator(self, actor: Actor) -> bool:
        return actor.who is not None and self._coordinators.is_coordinator(actor.who)

    def _nobody_may(self, actor: Actor) -> str | None:
        """What is said in the place of a refusal while the list of coordinators cannot be used."""
        if not self._coordinators.problems:
            return None
        _ = translator(actor.language)
        return _(
            "The list of those who may announce cannot be used at the moment, so nobody may. Tell "
            "the bot's administrator, who finds the reason in its log, and try again when it is "
            "mended."
        )

    def _whoami(self, actor: Actor) -> RouterReply | None:
        who = actor.who
        if who is None:
            return None
        if said := self._nobody_may(actor):
            return said
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

    def _action_handlers(self) -> dict[str, Handler]:
        acts, meetings, content = self._acts, self._meetings, self._content
        forms, reports = self._forms, self.reports
        return {
            "follow": acts.follow_chosen,
            "unfollow": acts.end_all,
            "act.do": acts.confirmed,
            "act.no": acts.declined,
            "act.undo": acts.undo,
            "meeting.new": _immediate(lambda actor, _: meetings.start(actor)),
            "meeting.form": _immediate(meetings.form),
            "meeting.save": meetings.save,
            "meeting.copies": _immediate(meetings.copies),
            "meeting.copy": _immediate(meetings.copy),
            "meeting.series": _immediate(meetings.series),
            "meeting.date": _immediate(meetings.date_form),
            "meeting.add": meetings.add_date,
            "meeting.last": _immediate(meetings.last_form),
            "meeting.end": meetings.end_series,
            "meeting.list": meetings.list_coming,
            "meeting.time": meetings.time_form,
            "meeting.move": meetings.move,
            "meeting.ask": meetings.confirm_cancel,
            "meeting.cancel": meetings.cancel,
            "meeting.edit": meetings.edit,
            "meeting.preview": meetings.preview_edit,
            "meeting.change": meetings.save_edit,
            "meeting.drop": meetings.confirm_delete,
            "meeting.delete": meetings.delete,
            "meeting.tell": meetings.tell,
            "meeting.undo": meetings.undo,
            "content.start": _immediate(lambda actor, _: content.start(actor)),
            "content.show": _immediate(content.show),
            "content.pick": content.pick,
            "content.preview": content.preview,
            "content.save": content.save,
            "content.leave": content.leave,
            "content.remove": content.remove,
            "content.undo": content.undo,
            "content.confirm": content.confirm,
            "content.history": content.history,
            "question.pick": content.questions.pick,
            "question.preview": content.questions.preview,
            "question.save": content.questions.save,
            "question.leave": content.questions.leave,
            "question.remove": content.questions.remove,
            "question.undo": content.questions.undo,
            "question.vain": content.questions.vain,
            "question.answer": content.questions.answer,
            "announce.new": _immediate(lambda actor, _: forms.start(actor)),
            "announce.meeting": forms.draft_for_meeting,
            "announce.free": _immediate(lambda actor, _: forms.free_form(actor)),
            "announce.edit": forms.draft_form,
            "announce.preview": forms.preview,
            "announce.show": self._show_draft,
            "announce.drop": reports.discard,
            "announce.confirm": reports.confirm,
            "report.show": reports.show,
            "report.stop": reports.stop,
            "report.retry": reports.retry,
            "report.edit": reports.edit,
            "report.change": reports.change,
            "report.update": reports.update,
            "report.ask": reports.confirm_recall,
            "report.recall": reports.recall,
            "report.paste": reports.text_to_paste,
            "report.record": reports.record,
            "report.recent": lambda actor, _: reports.recent(actor),
            "report.list": lambda actor, _: self._listing(actor),
        }

    async def _show_current_state(self, actor: Actor, action: CardAction, why: str) -> RouterReply:
        id_ = action.get("id")
        if not id_:
            return why
        try:
            shown = await self.reports.show(actor, action)
            assert shown.report is not None
            state = shown.report.announcement.state
            if state is State.DRAFT:
                shown = await self._forms.preview_card(actor, id_)
        except AnnouncementError:
            return why
        # The answer to an earlier press may have been lost: then this one is told what came of it.
        if (done := DONE_ALREADY.get((action.do, state))) is not None:
            shown.card["body"].insert(0, e.text(done.said(actor.language), weight="Bolder"))
        else:
            shown.card["body"].insert(0, e.error_text(why))
        # What is said of this press stays on the card until something else comes.
        return replace(shown, later=None)

    async def _show_draft(self, actor: Actor, action: CardAction) -> RouterReply:
        """The saved draft: it outlives a restart."""
        return await self._forms.preview_card(actor, action.get("id"))

    def _tell_why_not(self, actor: Actor, error: Exception) -> str:
        """The reason is for coordinators; a member is told what to do."""
        log.error("coordination.database_unreachable", error=type(error).__name__)
        _ = translator(actor.language)
        waits = ends_by_itself(error)
        if actor.who is None or not self._coordinators.is_coordinator(actor.who):
            if waits:
                return _("This cannot be done now. Try again in a moment.")
            return _(
                "This cannot be done now: something in the bot is broken. Please tell a contact "
                "person of your network."
            )
        reason = short_reason(error).said(actor.language)
        if waits:
            return _("This cannot be done now. {reason} Try again in a moment.", reason=reason)
        return _(
            "This cannot be done now. {reason} Tell the administrator: it does not end by itself.",
            reason=reason,
        )

    def _tell(self, name: str, actor: Actor, **data: object) -> Answer:
        return compose_named(name, actor.language, self._knowledge(), self._context(), **data)

    def _context(self) -> Context:
        return Context(self._now().astimezone(self._knowledge().zone), members=True)


def _immediate(handler: Callable[[Actor, CardAction], RouterReply]) -> Handler:
    """An asynchronous handler made of one that is not."""

    async def handle(actor: Actor, action: CardAction) -> RouterReply:
        return handler(actor, action)

    return handle
