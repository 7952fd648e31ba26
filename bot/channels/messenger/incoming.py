"""What an activity of the channel `facebook` says: a question, the start of a chat, or neither.

Azure Bot Service passes Facebook's own event along in `channelData` (of an activity of type
`event`, in `value`), and of some events nothing but that. An activity comes from outside: whatever
its fields hold, nothing here raises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from botbuilder.schema import Activity, ActivityTypes

Kind = Literal["image", "sticker", "voice", "video", "file", "location", "other", "nothing"]
"""What a person sent instead of words."""

MAX_TEXT = 10_000
"""Characters of a message that are looked at; understanding reads fewer still."""

MAX_PAYLOAD = 1_000
"""Characters of a button's payload that is one of ours: Messenger takes no longer ones."""

MAX_ATTACHMENTS = 20
"""Attachments that are examined; one is enough to answer."""

START_PAYLOADS = frozenset({"getstarted", "getstartedpayload", "facebookwelcome"})
"""The payload of the get-started button, letters only: `GET_STARTED` is what the guide sets."""

LIKES = frozenset({"369239263222822", "369239343222814", "369239383222810"})
"""Facebook's sticker ids of the thumb next to the text field, small to large."""

EVENTS = frozenset(
    {
        *("account_linking", "app_roles", "delivery", "game_play", "message_edit", "optin"),
        *("pass_thread_control", "policy_enforcement", "reaction", "read"),
        *("request_thread_control", "standby", "take_thread_control"),
    }
)
"""Webhook events of Facebook that need no answer."""

_KINDS: dict[str, Kind] = {
    "image": "image",
    "audio": "voice",
    "video": "video",
    "file": "file",
    "application": "file",
    "text": "file",
    "location": "location",
}


@dataclass(frozen=True)
class Question:
    """Words, typed or carried by a button."""

    text: str


@dataclass(frozen=True)
class Start:
    """Somebody opened the chat by its button or by a link."""


@dataclass(frozen=True)
class Like:
    """The thumb next to the text field."""


@dataclass(frozen=True)
class Unreadable:
    """Something that is not words."""

    kind: Kind


NotWords = Start | Like | Unreadable
Input = Question | NotWords


def parse_activity(activity: Activity) -> Input | None:
    """What a person wants with an activity; None if it is nothing that calls for an answer."""
    if activity.type == ActivityTypes.event:
        data = _dict(activity.value) or _dict(activity.channel_data)
        return None if _is_echo(activity, data) else _postback(data)
    if activity.type != ActivityTypes.message:
        return None
    data = _dict(activity.channel_data)
    message = _dict(data.get("message"))
    if _is_echo(activity, data) or message.get("is_deleted") is True:
        return None
    if pressed := _postback(data):
        return pressed
    if text := _button_text(_dict(message.get("quick_reply")).get("payload")):
        return _said(text)
    if text := _words(activity.text) or _submitted(activity.value):
        return _said(text)
    if not message and EVENTS & data.keys():
        return None
    return _not_words(activity, message)


def locale_of(activity: Activity) -> str | None:
    """The client's locale, such as `sv_SE`, wherever the channel says it."""
    data = _dict(activity.channel_data)
    places = [activity.locale, data.get("locale")]
    places += [_dict(data.get(name)).get("locale") for name in ("sender", "user", "from")]
    return next((one for one in places if isinstance(one, str) and 0 < len(one) <= 35), None)


def _postback(data: dict[str, Any]) -> Question | Start | None:
    """What a postback or a referral asks."""
    postback = _dict(data.get("postback"))
    if "referral" in postback or ("referral" in data and "message" not in data):
        return Start()  # An m.me link, with the get-started button or in an open chat.
    if not postback:
        return None
    payload, title = _button_text(postback.get("payload")), _words(postback.get("title"))
    # A payload such as `MENU_2` was meant for a program; then the button's title is the question.
    text = title or payload if payload and _is_constant(payload) else payload or title
    if payload and _is_start(payload):
        return Start()
    return Question(text) if text else Start()


def _said(text: str) -> Question | Start:
    return Start() if _is_start(text) else Question(text)


def _is_start(text: str) -> bool:
    return "".join(filter(str.isalpha, text[:50])).casefold() in START_PAYLOADS


def _is_constant(text: str) -> bool:
    return "_" in text and text == text.upper() and not any(map(str.isspace, text))


def _not_words(activity: Activity, message: dict[str, Any]) -> Like | Unreadable:
    """What was sent instead of words."""
    native = [_dict(one) for one in _list(message.get("attachments"))]
    payloads = [_dict(one.get("payload")) for one in native]
    stickers = [str(one["sticker_id"]) for one in (message, *payloads) if "sticker_id" in one]
    if stickers:
        return Like() if LIKES.intersection(stickers) else Unreadable("sticker")
    kinds = [str(one.get("type")) for one in native]
    kinds += [str(getattr(one, "content_type", "")) for one in _list(activity.attachments)]
    if any(getattr(one, "type", None) == "Place" for one in _list(activity.entities)):
        kinds.append("location")
    if not kinds:
        return Unreadable("nothing")
    known = (_KINDS.get(kind.partition("/")[0].casefold()) for kind in kinds)
    return Unreadable(next((kind for kind in known if kind), "other"))


def _is_echo(activity: Activity, data: dict[str, Any]) -> bool:
    """Whether this is what the bot, or somebody in the Page's own name, has said."""
    sender, bot = activity.from_property, activity.recipient
    own = getattr(sender, "id", None)
    return (
        bool(_dict(data.get("message")).get("is_echo"))
        or getattr(sender, "role", None) == "bot"
        or (own is not None and own == getattr(bot, "id", None))
    )


def _submitted(value: Any) -> str:
    """The text of a card's button, which comes as it is or within an object."""
    return _button_text(value.get("text") if isinstance(value, dict) else value)


def _button_text(payload: Any) -> str:
    short = isinstance(payload, str) and len(payload) <= MAX_PAYLOAD
    return _words(payload) if short else ""


def _words(text: Any) -> str:
    return " ".join(text[:MAX_TEXT].split()) if isinstance(text, str) else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value[:MAX_ATTACHMENTS] if isinstance(value, list) else []
