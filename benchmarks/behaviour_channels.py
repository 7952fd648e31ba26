"""The parts of the check that talk to a server, and those of the commands beside `ask`."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
from typing import Any

from benchmarks.behaviour_bot import PUBLIC_URL, Checkout, Connector, Json, Server
from benchmarks.behaviour_content import broken_copies
from benchmarks.behaviour_walks import BOT, LOCALES, WALKS, Place, Walker, activity

PERSON = "00000000-1111-2222-3333-444444444444"
LANGUAGES = tuple(LOCALES)
LATER = (
    dt.datetime(2026, 12, 9, 6, 31, tzinfo=dt.UTC),
    dt.datetime(2026, 12, 10, 5, 31, tzinfo=dt.UTC),
)
"""A day and an hour before the demo meeting of the 10th, when reminders and what was scheduled
for a time before are due."""

SINGLE_DAMAGES = 3
WITHOUT_WORDS: tuple[Json, ...] = (
    {"message": {"mid": "m", "sticker_id": 369239263222822}},
    {"message": {"mid": "m", "sticker_id": 411000000000001}},
    *(
        {
            "message": {
                "mid": "m",
                "attachments": [{"type": kind, "payload": {"url": "https://x.y"}}],
            }
        }
        for kind in ("image", "audio", "video", "file", "location", "fallback")
    ),
    {"postback": {"mid": "m", "title": "Get Started", "payload": "GET_STARTED"}},
    {"referral": {"ref": "x", "source": "SHORTLINK", "type": "OPEN_THREAD"}},
    {"read": {"watermark": 1}},
)
"""What Facebook tells of beside texts."""


async def cards(checkout: Checkout, inputs: list[Json]) -> dict[str, list[Any]]:
    """Texts through Teams, Messenger and the web page; what begins a chat; pages and calendars."""
    chosen = [one for one in inputs if one.get("card")]
    found: list[Any] = []
    async with Connector() as connector, checkout.serve("cards", connector) as server:
        for number, one in enumerate(chosen):
            text, language = one["text"], one["lang"]
            found.append(await _by_teams(server, number, text, language))
            found.append(await _by_messenger(server, number, language, {"text": text}))
            found.append(await _by_web(server, number, {"text": text}, language))
        for language in LANGUAGES:
            found += await _beginnings(server, language)
            for number, data in enumerate(WITHOUT_WORDS):
                heard = {"channelData": data}
                name = 100_000 + 100 * LANGUAGES.index(language) + number
                found.append(await _by_messenger(server, name, language, heard))
        for number, body in enumerate(
            ({}, {"text": ""}, {"text": "x", "language": "de"}, {"text": 1}, b"{", b"[1]")
        ):
            found.append(await _by_web(server, number, body, "en"))
        return {"cards": found, "pages": await _pages(server, found)}


async def _by_teams(server: Server, number: int, text: str, language: str) -> Json:
    place = _place(("personal", "groupChat", "channel")[number % 3], f"chat-{number}")
    more: Json = {"type": "message", "text": text}
    if place.kind != "personal":
        marked = "<at>Taikubot</at>"
        mention = {"type": "mention", "mentioned": BOT, "text": marked}
        more |= {"text": f"{marked} {text}", "entities": [mention]}
    answered = await server.send(activity(place, language) | more)
    return {"teams": text, "status": answered["status"], "said": _said(server)}


async def _by_messenger(server: Server, number: int, language: str, heard: Json) -> Json:
    person, page = str(4_000_000 + number), "100000000000042"
    answered = await server.send(
        {
            "type": "message",
            "channelId": "facebook",
            "locale": LOCALES[language].replace("-", "_"),
            "from": {"id": person, "name": "Member"},
            "recipient": {"id": page, "name": "page"},
            "conversation": {"id": f"{person}-{page}", "isGroup": False},
        }
        | heard
    )
    return {"messenger": heard, "status": answered["status"], "said": _said(server)}


async def _by_web(server: Server, number: int, body: Any, language: str) -> Json:
    # From many addresses of this machine: one may not ask that often.
    address = f"127.1.{number // 50}.7"
    if isinstance(body, dict) and number % 2:
        body = body | {"conversation": f"c-{number}", "language": language}
    answered = await server.call(
        "POST", "/api/chat", body, source=address, **{"Accept-Language": language}
    )
    return {"web": repr(body), "said": answered}


async def _beginnings(server: Server, language: str) -> list[Json]:
    """What tells of the bot in a chat, and messages without a word for it."""
    found = []
    for kind in ("personal", "groupChat", "channel"):
        for name, more in _beginning().items():
            place = _place(kind, f"{language}-{kind}-{name}")
            answered = await server.send(activity(place, language) | more)
            found.append({"teams": name, "answered": answered, "said": _said(server)})
    return found


def _place(kind: str, name: str) -> Place:
    """A place with an id as Teams gives it to one of its kind."""
    return Place(kind, f"{'a' if kind == 'personal' else '19'}:{name}")


def _beginning() -> dict[str, Json]:
    return {
        "joined": {"type": "conversationUpdate", "membersAdded": [BOT]},
        "installed": {"type": "installationUpdate", "action": "add"},
        "empty": {"type": "message", "text": ""},
        "overheard": {"type": "message", "text": "hello you"},
        "reaction": {"type": "messageReaction", "reactionsAdded": [{"type": "like"}]},
        "unknown button": {"type": "message", "value": {"do": "nothing.known"}},
        "unknown invoke": {"type": "invoke", "name": "task/fetch", "value": {}},
        "unknown action": {
            "type": "invoke",
            "name": "adaptiveCard/action",
            "value": {"action": {"type": "Action.Execute", "verb": "x", "data": {}}},
        },
        "removed": {"type": "installationUpdate", "action": "remove"},
    }


def _said(server: Server) -> list[Any]:
    return [said for place in server.connector.take_changes().values() for said in place]


async def _pages(server: Server, seen: list[Any]) -> list[Json]:
    """The page with its files, and every calendar that an answer links to."""
    page = await server.get("/")
    paths = set(re.findall(r'(?:href|src)="(/[^"]*)"', page["text"]))
    paths |= set(re.findall(PUBLIC_URL + r"(/[^\s\"'\\)>]+)", json.dumps(seen)))
    paths |= {f"/calendar.ics?lang={language}" for language in (*LANGUAGES, "de")}
    paths |= {f"/api/chat?language={language}" for language in (*LANGUAGES, "de")}
    paths |= {"/calendar/nowhere.ics", "/calendar/meetings/nothing@2026-12-10.ics?lang=sv"}
    paths |= {"/api/openapi.json", "/static/nothing.js", "/nothing"}
    found = [page]
    # What links to the calendar is asked for as here.
    found += [await server.get(path) for path in sorted(paths)]
    return found


async def forms(checkout: Checkout, _: list[Json]) -> dict[str, list[Any]]:
    """Walks through the forms of Teams in each language, then what was scheduled, API, commands."""
    async with asyncio.TaskGroup() as group:
        walks = [group.create_task(_walked(checkout, language)) for language in LANGUAGES]
    sections: dict[str, list[Any]] = {}
    for walk in walks:
        for name, items in walk.result().items():
            sections.setdefault(name, []).extend(items)
    return sections


async def _walked(checkout: Checkout, language: str) -> dict[str, list[Any]]:
    state = f"forms-{language}"
    steps: list[Json] = []
    posts: list[Json] = []
    async with Connector() as connector:
        async with checkout.serve(state, connector) as server:
            walker = Walker(server, language, steps)
            await walker.follow_everything()
            for seed in range(WALKS):
                await walker.walk(seed)
            told = await _by_api(walker) if language == "en" else []
        # What a walk left scheduled is posted; the cards that tell of it may follow.
        for at in LATER:
            async with checkout.serve(state, connector, at) as server:
                await asyncio.sleep(2)
                await Walker(server, language, []).settle()
                posts.append({"at": at.isoformat(), "shown": connector.take_changes()})
        posts += [step.pop("elsewhere") for step in steps]
    commands = await _commands(checkout, state, language)
    return {"forms": list(steps), "posts": posts, "api": told, "commands": commands}


BODIES: tuple[Any, ...] = (
    *(b"{", [], {}, {"title": 1}, {"nothing": 1}, {"networks": []}, {"networks": ["nowhere"]}),
    {"title": {"fi": "Otsikko"}, "networks": ["lappi"]},
    {"title": {"fi": "Otsikko"}, "text": {"fi": "Teksti"}, "networks": ["nowhere"]},
    {"title": {"de": "Titel"}, "text": {"fi": "Teksti"}, "networks": ["lappi"]},
    {"title": {"fi": "x" * 200}, "text": {"fi": "Teksti"}, "networks": ["lappi"]},
    {"title": {"fi": "Otsikko", "sv": "Rubrik"}, "text": {"fi": "Teksti"}, "networks": ["lappi"]},
    {"title": {"fi": "A"}, "text": {"fi": "B"}, "networks": ["lappi"], "send_at": "yesterday"},
    *(
        {"title": {"fi": "A"}, "text": {"fi": "B"}, "networks": ["lappi"], "send_at": when}
        for when in ("2026-12-08T09:00", "2026-12-20T12:00", "2026-12-20T12:00:00Z", "2040-01-01")
    ),
    *({"meeting": key} for key in ("", "nothing@2026-12-10", "pirkanmaa-aamukahvit@2026-12-11")),
    {"meeting": "pirkanmaa-aamukahvit@2026-12-10", "reminders": ["1d", "1h"]},
    {"meeting": "pirkanmaa-aamukahvit@2026-12-10", "reminders": ["2h"]},
    {"meeting": "pirkanmaa-aamukahvit@2026-12-10", "note": {"fi": "Tervetuloa!", "en": "Come!"}},
)
CHANGES: tuple[Any, ...] = (
    *({}, {"title": {"fi": "Uusi"}}, {"text": {"en": "New"}}, {"note": {"sv": "Hej"}}),
    *({"send_at": "2026-12-21T12:00"}, {"send_at": "2026-12-01T12:00"}, {"networks": ["lappi"]}),
)


async def _by_api(walker: Walker) -> list[Json]:
    """Announcements by the API: made, changed, listed, taken back, and what is refused."""
    server, found, made = walker.server, [], ["nothing"]
    for body in BODIES:
        answered = await server.api("POST", "", body)
        found.append({"posted": repr(body), "answered": answered})
        if answered["status"] == 202:
            made.append(answered["body"]["id"])
            await walker.settle()
    for number, id_ in enumerate(made[:4]):
        for change in CHANGES:
            answered = await server.api("PATCH", f"/{id_}", change)
            found.append({"changed": change, "answered": answered})
            if answered["status"] == 200:
                await walker.settle()
        found.append({"shown": await server.api("GET", f"/{id_}")})
        if number % 2 == 0:
            found.append({"recalled": await server.api("DELETE", f"/{id_}")})
            await walker.settle()
    for query in ("?limit=100", "?limit=0", "?limit=x"):
        found.append({"listed": await server.api("GET", query)})
    found.append({"said": server.connector.take_changes()})
    return found


COMMANDS: tuple[tuple[str, ...], ...] = (
    ("announcements", "--limit", "1000"),
    ("announcements", "--json", "--limit", "1000"),
    ("announcement", "nothing"),
    ("meetings", "export"),
    ("announce", "--demo", "--dry-run", "pirkanmaa-aamukahvit@2026-12-10", "--reminder", "1d"),
    ("announce", "--demo", "--dry-run", "nothing@2026-12-10"),
    ("announce", "--dry-run", "--title", "fi=A", "--text", "fi=B", "--network", "lappi"),
    ("announce", "--dry-run", "--title", "fi=A", "--network", "lappi"),
    ("announce", "--dry-run", "--title", "A", "--network", "lappi"),
    ("announce", "--dry-run", "--title", "fi=A", "--text", "fi=B", "--network", "nowhere"),
    ("announce", "--dry-run", "--title", "fi=A", "--text", "fi=B", "--at", "2020-01-01T12:00"),
    ("announce", "--reminder", "2w"),
)


async def _commands(checkout: Checkout, state: str, language: str) -> list[Json]:
    """What the commands of announcements say of the database that the walks have left."""
    found = []
    for command in COMMANDS:
        ended = await checkout.command(*command, state=state, language=language)
        found.append({"command": command, "code": ended.code, "out": ended.out, "err": ended.err})
    return found


async def findings(checkout: Checkout, _: list[Json]) -> dict[str, list[Any]]:
    """What `check` says, in each language, of content that is wrong in many ways."""
    copies = broken_copies(checkout.root, checkout.folder / "broken", SINGLE_DAMAGES)
    # Two at a time: most of the other parts wait.
    places = asyncio.Semaphore(2)

    async def told(number: int, language: str) -> list[Json]:
        copy = copies[number]
        settings = {
            "BOT_CONTENT_DIR": str(copy / "content"),
            "BOT_INTENTS_DIR": str(copy / "intents"),
        }
        async with places:
            ended = await checkout.command(
                "check", "--all", "--age", "365", language=language, settings=settings
            )
        about = {"copy": number, "language": language}
        lines = [about | {"says": line} for line in ended.out.splitlines()]
        return [about | {"code": ended.code, "err": ended.err}, *lines]

    async with asyncio.TaskGroup() as group:
        runs = []
        for number in range(len(copies)):
            # One damaged file lets `check` go on to what takes long: in one language.
            whole = number < len(copies) - SINGLE_DAMAGES
            for language in LANGUAGES if whole else LANGUAGES[number % 3 :][:1]:
                runs.append(group.create_task(told(number, language)))
    return {"findings": [line for run in runs for line in run.result()]}
