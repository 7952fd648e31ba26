"""People who write to the bot in Teams and press, by chance but always alike, what its cards offer.

Nothing here knows a form: buttons are taken from the cards, and fields are filled by their kind,
now with good values and now with wrong ones. After each step the walk waits until what the step has
set off has ended, so that what is recorded does not depend on how fast the machine is.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.behaviour_bot import START, TENANT, Failed, Json, Server

WALKS, STEPS = 6, 35
QUIET = 3.0
"""Seconds without a call after which nothing more comes: progress is shown once a second, and a
changed meeting is noticed within another."""

SETTLED_WITHIN = 60.0

BOT = {"id": "28:bot", "name": "Taikubot"}
LOCALES = {"fi": "fi-FI", "sv": "sv-FI", "en": "en-GB"}

FOLLOW = {"fi": "seuraa", "sv": "följ", "en": "follow"}
PHRASES = {
    "fi": (
        *("lähetä ilmoitus", "lähetä ilmoitus", "lähetetyt ilmoitukset", "lisää tapaaminen"),
        *("lisää aamukahvit Pirkanmaa", "siirrä tapaaminen", "seuraa", "seuraa Lappia"),
        *("milloin on seuraava tapaaminen Pirkanmaalla?", "kuka olen", "lopeta", "unohda minut"),
    ),
    "sv": (
        *("skicka ett meddelande", "skicka ett meddelande", "skickade meddelanden"),
        *("lägg till en träff", "ny träff Birkaland", "flytta en träff", "följ", "följ Lappland"),
        *("när är nästa träff i Birkaland?", "vem är jag", "sluta", "glöm mig"),
    ),
    "en": (
        *("post an announcement", "post an announcement", "posted announcements", "add a meeting"),
        *("add a meeting in Pirkanmaa", "move a meeting", "follow", "follow Lapland"),
        *("when is the next meeting in Pirkanmaa?", "who am I", "stop", "forget me"),
    ),
}

LINES = ("Kulttuurikahvit", "Träff för alla & envar", "Dance <b>evening</b> *tonight*")
TEXTS = (
    "Tervetuloa!\n\nKahvia ja keskustelua.",
    "Välkommen, ta med en vän.\n- kaffe\n- samtal",
    "Come along: **bring** a [friend](https://example.org/friend).",
)
WRONG_TEXTS = ("", " ", "x" * 2_500, "https://example.org/a b", "{{ braces }} {% if %}")
ADDRESSES = ("https://example.org/meet", "https://example.org/sign-up?a=1&b=2")
WRONG_ADDRESSES = ("", "example.org", "ftp://example.org/x", "https://example.org/a b")
DAYS = (1, 2, 9, 40)
WRONG_DAYS = ("", "2026-12-07", "2026-12-08", "2026-13-01", "2036-01-01", "tomorrow")
CLOCKS = ("06:00", "12:00", "18:00", "19:30")
WRONG_CLOCKS = ("", "00:00", "25:00", "noon")


@dataclass(frozen=True)
class Place:
    """A chat of Teams: `kind` is personal, groupChat or channel."""

    kind: str
    id: str


OWN = (Place("personal", "a:own"), Place("groupChat", "19:group@v2"), Place("channel", "19:own@x"))
"""Where the walks go."""

FOLLOWERS = (
    *(Place("channel", "19:first@x"), Place("channel", "19:refuses@x")),
    *(Place("channel", "19:gone@x"), Place("personal", "a:follower")),
)
"""Who get every announcement."""


@dataclass
class Walker:
    """Somebody who writes and presses in chats, in one language."""

    server: Server
    language: str
    steps: list[Json]
    """What each step was answered and what it set off, in the order of the steps."""

    async def follow_everything(self) -> None:
        """Has the followers get every announcement: the form's first choice."""
        for place in FOLLOWERS:
            await self._say(place, FOLLOW[self.language])
            found = self.server.connector.newest_card(place.id)
            if found is None:
                continue
            id_, card = found
            for action in list(actions(card))[:1]:
                await self._press(place, id_, action, _kept(card), submit=False)

    async def walk(self, seed: int) -> None:
        """One walk."""
        chance = random.Random(f"{self.language}-{seed}")
        place = OWN[seed % len(OWN)]
        for _ in range(STEPS):
            found = self.server.connector.newest_card(place.id)
            offered = list(actions(found[1])) if found else []
            # A card that only offers what else to ask leads away from the forms.
            is_form = any(one["type"] == "Action.Execute" for one in offered)
            if found is None or not offered or chance.random() < (0.12 if is_form else 0.8):
                await self._say(place, chance.choice(PHRASES[self.language]))
                continue
            id_, card = found
            # The first button is the one that leads on.
            action = offered[0] if chance.random() < 0.5 else chance.choice(offered)
            typed = filled(card, chance, careful=chance.random() < 0.7)
            await self._press(place, id_, action, typed, submit=chance.random() < 0.15)

    async def _say(self, place: Place, text: str) -> None:
        more: Json = {"type": "message", "text": text}
        if place.kind != "personal":
            at = "<at>Taikubot</at>"
            entity = {"type": "mention", "mentioned": BOT, "text": at}
            more = {"type": "message", "text": f"{at} {text}", "entities": [entity]}
        await self._step(place, f"says {text}", more)

    async def _press(
        self, place: Place, card: str, action: Json, typed: dict[str, str], *, submit: bool
    ) -> None:
        """Presses a button as a client does: Execute, or Submit where the client is an old one."""
        kind = "Action.Submit" if submit else action["type"]
        data = action.get("data") or {}
        if action.get("associatedInputs") != "none":
            data = data | typed
        if kind == "Action.Submit":
            more = {"type": "message", "value": data}
        else:
            verb = action.get("verb", "")
            invoke = {"action": {"type": kind, "verb": verb, "data": data}}
            more = {"type": "invoke", "name": "adaptiveCard/action", "value": invoke}
        await self._step(place, f"presses {action.get('title')}", more | {"replyToId": card})

    async def _step(self, place: Place, did: str, more: Json) -> None:
        before = await self._state()
        answered = await self.server.send(activity(place, self.language) | more)
        after = await self._state()
        if before != after:
            await self.settle()
            # How far a card was when it was answered depends on the machine; how it ended is below.
            if isinstance(answered["body"], dict):
                answered["body"]["value"] = "as shown"
        shown = self.server.connector.take_changes()
        own = shown.pop(place.id, [])
        step = {"place": place.kind, "did": did, "answered": answered, "shown": own}
        self.steps.append(step | {"elsewhere": shown})

    async def settle(self) -> None:
        """Waits until nothing is posted any more, and until no news of it come."""
        since = time.monotonic()
        while True:
            listed, _ = await self._state()
            wait = max(self.server.connector.last_call, since) + QUIET - time.monotonic()
            if any(_is_under_way(one) for one in listed):
                wait = QUIET
            if wait <= 0:
                return
            if time.monotonic() > since + SETTLED_WITHIN:
                raise Failed("Posts are under way for too long.")
            await asyncio.sleep(wait)

    async def _state(self) -> tuple[list[Json], str]:
        """What there is of announcements and meetings, by the API and the calendar."""
        listed = await self.server.api("GET", "?limit=100")
        calendar = await self.server.get("/calendar.ics")
        found: list[Json] = [
            one for one in listed["body"]["announcements"] if one["state"] != "draft"
        ]
        return found, calendar["text"]


def _is_under_way(announcement: Json) -> bool:
    # What is scheduled has nothing to post yet.
    counts: dict[str, int] = announcement["counts"]
    return announcement["state"] == "sending" or counts["pending"] > 0


def activity(place: Place, language: str) -> Json:
    """What all activities of Teams in a place have in common; the id of the sender is vouched for.

    In a channel people write in a thread.
    """
    data: Json = {"tenant": {"id": TENANT}}
    if place.kind == "channel":
        data |= {"team": {"id": "19:general@thread.tacv2"}, "channel": {"id": place.id}}
    return {
        "channelId": "msteams",
        "locale": LOCALES[language],
        "from": {
            "id": f"29:{language}",
            "name": "Member",
            "aadObjectId": "00000000-1111-2222-3333-444444444444",
        },
        "recipient": BOT,
        "conversation": {
            "id": place.id + (";messageid=17" if place.kind == "channel" else ""),
            "conversationType": place.kind,
            "isGroup": place.kind != "personal",
            "tenantId": TENANT,
        },
        "channelData": data,
    }


def filled(card: Json, chance: random.Random, *, careful: bool) -> dict[str, str]:
    """The fields of a card, some left as they are; who is not careful makes mistakes."""
    found: dict[str, str] = {}
    clocks = iter(sorted(chance.sample(CLOCKS, 3)))
    for one in inputs(card):
        value = str(one.get("value", ""))
        wrong = not careful and chance.random() < 0.5
        if value and chance.random() < 0.4:
            found[one["id"]] = value
            continue
        match one["type"]:
            case "Input.Text" if one.get("style") == "Url":
                value = chance.choice(WRONG_ADDRESSES if wrong else ADDRESSES)
            case "Input.Text":
                good = TEXTS if one.get("isMultiline") else LINES
                value = chance.choice(WRONG_TEXTS if wrong else good)
            case "Input.Date":
                day = START.date() + dt.timedelta(days=chance.choice(DAYS))
                value = chance.choice(WRONG_DAYS) if wrong else day.isoformat()
            case "Input.Time":
                value = chance.choice(WRONG_CLOCKS) if wrong else next(clocks, "20:00")
            case "Input.Toggle":
                value = chance.choice(("true", "false"))
            case "Input.ChoiceSet":
                offered = [choice["value"] for choice in one["choices"]]
                most = 3 if one.get("isMultiSelect") else 1
                value = ",".join(chance.sample(offered, min(most, len(offered))))
        found[one["id"]] = value
    return {name: text for name, text in found.items() if text}


def _kept(card: Json) -> dict[str, str]:
    return {one["id"]: str(one["value"]) for one in inputs(card) if one.get("value")}


def inputs(card: Json) -> Iterator[Json]:
    """The fields of a card, in their order."""
    return (one for one in elements(card) if one["type"].startswith("Input."))


def actions(card: Json) -> Iterator[Json]:
    """The buttons of a card that send something to the bot."""
    kinds = ("Action.Execute", "Action.Submit")
    return (one for one in elements(card, skip="fallback") if one["type"] in kinds)


def elements(part: Any, skip: str = "") -> Iterator[Json]:
    """All that has a type in a card, whatever it stands in."""
    if isinstance(part, dict):
        if isinstance(part.get("type"), str):
            yield part
        for name, below in part.items():
            if name not in (skip, "data"):
                yield from elements(below, skip)
    elif isinstance(part, list):
        for below in part:
            yield from elements(below, skip)
