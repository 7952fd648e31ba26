"""What the bot does in a turn: answers questions and buttons, says what it is, ignores the rest."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import replace

from botbuilder.core import TurnContext

from bot.answers.compose import Context, compose, compose_named, welcome
from bot.answers.model import Answer, Block, Paragraph, Text
from bot.channels.connector.conversation_keys import conversation_key
from bot.channels.conversation import IncomingMessage, Reply, Responder
from bot.channels.turns import note_turn
from bot.i18n import N_, Message, translator
from bot.knowledge.library import Knowledge
from bot.knowledge.values import Language
from bot.understanding.language import usual_language
from bot.understanding.model import Request, Understanding

from .chats import Chats
from .incoming import Kind, Like, NotWords, Question, Start, Unreadable, locale_of, parse_activity
from .messages import messages

CHANNEL = "facebook"
"""The `channelId` of Messenger in Azure Bot Service."""

FOLLOW = "follow"
"""Asks for announcements, which Messenger does not let a bot send."""

SELF_INTRODUCING_INTENTS = frozenset({"greeting", "help"})
"""Intents whose answers in intents/ say that the bot is one, as answers to distress do."""

CANNOT_READ: dict[Kind, Message] = {
    "image": N_("Thank you for the picture! I cannot look at pictures."),
    "sticker": N_("Thank you for the sticker! I understand written words only."),
    "voice": N_("Thank you for the message! I cannot listen to sound."),
    "video": N_("Thank you for the video! I cannot watch videos."),
    "file": N_("Thank you for the file! I cannot read files, and I did not open it."),
    "location": N_(
        "Thank you! I cannot read places on a map, but I know the names of municipalities."
    ),
    "other": N_("Thank you! I understand written words only."),
    "nothing": N_("I saw no text in your message."),
}
"""The first sentence of the answer to what is not words."""


class MessengerBot:
    """The bot in Messenger; `on_turn` is what the connector calls for each activity.

    `conversations` answers what people write; `knowledge` gives what the bot knows at the moment.
    Times come from `now` (aware) and `monotonic` (seconds).
    """

    def __init__(
        self,
        conversations: Responder,
        knowledge: Callable[[], Knowledge],
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._conversations = conversations
        self._knowledge = knowledge
        self._now = now
        self._monotonic = monotonic
        self._chats = Chats(monotonic)

    async def on_turn(self, context: TurnContext) -> None:
        """Answers what a person wrote, pressed or sent; all else is ignored quietly.

        A `conversationUpdate` is ignored too: the channel sends one with a person's first message,
        and the answer to that message says what is to be said at a beginning.
        """
        activity = context.activity
        what = parse_activity(activity)
        if what is None:
            return
        started = self._monotonic()
        key = conversation_key(activity)
        locale = locale_of(activity)
        language = self._chats.language(key) or usual_language(locale)
        # Should answering fail, the connector apologises in the language of the activity.
        activity.locale = locale or language
        if isinstance(what, Question):
            reply = await self._conversations.reply_to(IncomingMessage(what.text, key, locale))
        else:
            reply = self._not_words(what, language)
        # Asked and noted without a wait in between, and before it is sent: of two questions at once
        # only one answer is introduced.
        new = self._chats.is_new(key)
        answer = self._adapted(reply.answer)
        activity.locale = answer.language  # What is sent in this turn takes it over.
        if new and not _says_it_is_a_bot(answer):
            answer = self._introduced(answer)
        self._chats.keep(key, None if answer.private else answer.language)
        try:
            await context.send_activities(messages(answer, self._contact_point()))
        except Exception:
            if new:
                self._chats.forget(key)
            raise
        if reply.forgotten:
            self._chats.forget(key)
        seconds = self._monotonic() - started
        note_turn("facebook", "personal", reply, seconds, heard=type(what).__name__.lower())

    def _not_words(self, what: NotWords, language: Language) -> Reply:
        """The answer to what has no words that could be understood."""
        knowledge, context = self._knowledge(), self._context()
        match what:
            case Start():
                return _reply("greeting", welcome(language, knowledge, context))
            case Like():
                return self._composed("thanks", language)
            case Unreadable(kind):
                reply = self._composed("help", language)
                blocks = (_line(cannot_read(kind, language)),)
                answer = replace(reply.answer, intents=(), blocks=blocks, actions=())
                return replace(reply, answer=answer)

    def _composed(self, intent: str, language: Language) -> Reply:
        understanding = Understanding("", language, (Request(intent),), 1.0)
        return Reply(understanding, compose(understanding, self._knowledge(), self._context()))

    def _adapted(self, answer: Answer) -> Answer:
        """The answer, or another where this channel cannot do what it promises."""
        if answer.intents != (FOLLOW,):
            return answer
        return compose_named(
            "follow.messenger", answer.language, self._knowledge(), self._context()
        )

    def _introduced(self, answer: Answer) -> Answer:
        """The answer after a line that says who gives it."""
        line = introduction(self._knowledge().community.bot_name, answer.language)
        return replace(answer, blocks=(_line(line), *answer.blocks))

    def _contact_point(self) -> str | None:
        return self._knowledge().community.contact_point.url

    def _context(self) -> Context:
        return Context(self._now().astimezone(self._knowledge().zone), members=False)


def introduction(name: str, language: str) -> str:
    """Who is answering, and that it is a bot."""
    _ = translator(language)
    return _("Hello! I am {name}, a bot and not a human being.", name=name)


def cannot_read(kind: Kind, language: str) -> str:
    """The answer to what is not words."""
    _ = translator(language)
    ask = _("Write your question in words, and I will gladly help.")
    return f"{CANNOT_READ[kind].said(language)} {ask}"


def _reply(intent: str, answer: Answer) -> Reply:
    return Reply(Understanding("", answer.language, (Request(intent),), 1.0), answer)


def _line(text: str) -> Block:
    return Paragraph(((Text(text),),))


def _says_it_is_a_bot(answer: Answer) -> bool:
    return answer.private or not SELF_INTRODUCING_INTENTS.isdisjoint(answer.intents)
