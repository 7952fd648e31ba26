"""A Bot Connector on loopback that remembers what stands in each conversation.

    async with ConnectorWorld() as world:          # or: with in_thread() as world
        world.url("a")                             # the service URL of the tenant a
        rule = world.fault(CUT, "POST", place="19:x", times=1)
        ...
        world.standing("19:x")                     # the copies that people see there
        rule.hits                                  # the requests that it was given
        world.well()                               # from now on all goes as it should

A *place* is a conversation of the store: a channel (its threads are one place) or a chat. A *copy*
is one post in it. A *fault* says whether the request is carried out and what is answered; a *rule*
says to which requests a fault is given, and the newest rule that fits wins. Without one it answers
as the real connector does, and like that one it refuses to change what is not there
(404 ActivityNotFoundInConversation) and whatever concerns a place that the bot was removed from
(403 BotNotInConversationRoster).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import math
import random
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

LEFT = "X-Left"
"""When the sender's process let a post go, by the clock that all processes of a machine share: the
receiver itself may come to it late where the machine is busy."""

METHODS = frozenset({"POST", "PUT", "DELETE", "GET"})

DOUBTFUL = frozenset({408, 500, 502, 504, *range(520, 525)})
"""The statuses after which nobody can know whether it was carried out."""

_JSON = "application/json; charset=utf-8"
_HTML = (
    b"<!DOCTYPE html><html><head><title>Error</title></head><body>Web Site not found</body></html>"
)
_POLL = 0.02
_FIRST_ID = 1_700_000_000_000


# Faults


@dataclass(frozen=True)
class Fault:
    """What happens to a request instead of what should."""

    name: str
    carried_out: bool
    """Whether it changes what stands, whatever is answered."""
    status: int | None = None
    """None: none of its own. The connection is cut, or the answer is the right one."""
    body: bytes = b""
    content_type: str = _JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    """Seconds until the answer; infinite: as long as the rule holds, and then it is cut."""
    right: bool = False
    """The right answer follows, or its ids are replaced by `ids`."""
    ids: Mapping[str, object] | None = None

    @property
    def doubtful(self) -> bool:
        """Whether whoever sent a post cannot know what became of it, or by which id."""
        if self.status is None:
            # Late answers as well: how long somebody waits is not known here.
            return True
        return self.status in DOUBTFUL or self.status < 300


CUT = Fault("cut after carrying it out", True)
CUT_BEFORE = Fault("cut without carrying it out", False)
HANG = Fault("hangs after carrying it out", True, wait=math.inf)
HANG_BEFORE = Fault("hangs without carrying it out", False, wait=math.inf)


def late(seconds: float) -> Fault:
    """Carries it out at once and answers rightly, later."""
    return Fault(f"answers after {seconds} s", True, wait=seconds, right=True)


def odd(**ids: object) -> Fault:
    """Carries it out and answers 201 with other ids: `id`, and `activityId` of a new thread.

    None leaves one out. The copy has its own id all the same, so that nothing finds it by these.
    """
    return Fault(f"answers odd ids {ids!r:.60}", True, right=True, ids=ids)


def says(status: int, body: bytes = b"", *, carried_out: bool | None = None) -> Fault:
    """Any status with any body called JSON; carried out where it is a 2xx, unless said."""
    done = 200 <= status < 300 if carried_out is None else carried_out
    return Fault(f"answers {status} {body!r:.60}", done, status, body)


NOTHING = says(202)
NO_ID = says(201, b"{}")
HALF_JSON = says(201, b'{"id": "19:')
NO_OBJECT = says(201, b"[17]")
TOO_DEEP = says(201, b"[" * 100_000)


def named(status: int, code: str, *, retry_after: float | None = None, message: str = "") -> Fault:
    """A refusal as the connector writes it, with a code."""
    body = json.dumps({"error": {"code": code, "message": message or code}}).encode()
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return Fault(f"answers {status} {code}", False, status, body, headers=headers)


def html(status: int) -> Fault:
    """A page of a gateway that stands between."""
    return Fault(f"answers {status} HTML", False, status, _HTML, "text/html; charset=utf-8")


def foreign(status: int) -> Fault:
    """JSON of somebody who is not the connector."""
    body = b'{"message": "no route matched with those values", "error": "not found"}'
    return Fault(f"answers {status} foreign JSON", False, status, body)


def throttled(retry_after: float | None = None, *, tenant: bool = False) -> Fault:
    """429, with the seconds to wait if any; `tenant`: said of the whole tenant."""
    message = "API calls quota exceeded for tenant" if tenant else "API calls quota exceeded"
    return named(429, "Throttled", retry_after=retry_after, message=message)


def accepted(fault: Fault) -> Fault:
    """The same answer to a request that was carried out: a gateway that gave up too early."""
    return replace(fault, name=f"{fault.name}, but was carried out", carried_out=True)


UNUSABLE_IDS: Mapping[str, object] = {
    "a number": 17,
    "a list": ["17"],
    "half a surrogate pair": "1\ud800",
    "NUL": "1\0",
    "5,000 characters": "1" * 5_000,
    "empty": "",
}
"""What no post can be named by."""


# What stands


@dataclass
class Copy:
    """One post that stands or stood in a place."""

    tenant: str
    place: str
    conversation: str
    """That of its thread, where it has one."""
    id: str
    texts: list[str]
    """What it said, from the first to the last."""
    told: bool = False
    """Whether its id was answered."""
    deleted: bool = False
    removed: bool = False
    """Stands where the bot was removed since: nobody can change it any more."""

    @property
    def text(self) -> str:
        """What it says now."""
        return self.texts[-1]


@dataclass
class Deed:
    """One request and what became of it, in the order in which they came."""

    at: float
    method: str
    tenant: str
    place: str
    text: str
    fault: Fault | None
    copy: Copy | None = None
    """The one that it made, changed or deleted, if it was carried out."""
    about: Copy | None = None
    """The one that it was to change or delete, whatever became of that."""
    came: float = field(default_factory=time.monotonic)
    """When it came in, by the clock of the machine."""


@dataclass
class Rule:
    """To which requests a fault is given."""

    fault: Fault
    methods: frozenset[str]
    place: str | Callable[[str], bool] | None
    tenant: str | None
    times: int | None
    chance: float
    hits: list[Deed] = field(default_factory=list)
    over: bool = False

    def end(self) -> None:
        """No more requests get it, and those that hang are cut."""
        self.over = True

    def fits(self, deed: Deed, draw: Callable[[], float]) -> bool:
        """Whether a request is given it."""
        if self.over or deed.method not in self.methods:
            return False
        if self.times is not None and len(self.hits) >= self.times:
            return False
        if self.tenant is not None and self.tenant != deed.tenant:
            return False
        if isinstance(self.place, str) and self.place != deed.place:
            return False
        if callable(self.place) and not self.place(deed.place):
            return False
        return self.chance >= 1 or draw() < self.chance


USUAL = "t"
"""The tenant of most conversations."""


class ConnectorWorld:
    """The connector and the conversations behind it.

    `latency` in seconds before each answer; `seed` is that of rules with a chance; `clock` gives
    the instant of a request that does not name its own.
    """

    def __init__(
        self, latency: float = 0.0, seed: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.latency = latency
        self.clock = clock
        self.copies: list[Copy] = []
        """Every post that was ever carried out."""
        self.deeds: list[Deed] = []
        """Every request that came in whole."""
        self.removed: set[str] = set()
        """Places from which the bot was removed."""
        self.under_way: Counter[str] = Counter()
        """Requests not answered yet, by tenant."""
        self._rules: list[Rule] = []
        self._by_id: dict[str, Copy] = {}
        self._ids: Iterator[int] = itertools.count(1)
        self._draw = random.Random(seed).random
        self._port = 0
        app = web.Application(client_max_size=2**20)
        for prefix in ("", "/{tenant:[^/]+}"):
            app.router.add_route("*", prefix + "/v3/{rest:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._site: web.TCPSite | None = None

    async def __aenter__(self) -> ConnectorWorld:
        await self._runner.setup()
        await self.come_back()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.well()
        await self._runner.cleanup()

    def url(self, tenant: str = USUAL) -> str:
        """The service URL of a tenant; the usual one's has no path, as the Emulator's has none."""
        return f"http://127.0.0.1:{self._port}{'' if tenant == USUAL else f'/{tenant}'}"

    # Faults

    def fault(
        self,
        fault: Fault,
        *methods: str,
        place: str | Callable[[str], bool] | None = None,
        tenant: str | None = None,
        times: int | None = None,
        chance: float = 1.0,
    ) -> Rule:
        """Gives a fault to requests of these methods (all but GET if none is named).

        To those of one place or tenant, if named, the first `times` of them or until it is ended.
        """
        wanted = frozenset(methods) or METHODS - {"GET"}
        assert wanted <= METHODS, wanted
        rule = Rule(fault, wanted, place, tenant, times, chance)
        self._rules.insert(0, rule)
        return rule

    def well(self) -> None:
        """Ends all faults."""
        for rule in self._rules:
            rule.end()
        self._rules = []

    def name_by_time(self) -> None:
        """From now on posts are named by the millisecond in which they are made, as in Teams."""

        def milliseconds() -> Iterator[int]:
            last = 0
            while True:
                last = max(last + 1, int(self.clock() * 1_000) - _FIRST_ID)
                yield last

        self._ids = milliseconds()

    def remove(self, place: str) -> None:
        """The bot is removed from a place."""
        self.removed.add(place)
        for copy in self.copies:
            copy.removed |= copy.place == place

    async def go_away(self) -> None:
        """Lets nobody in any more and cuts who is; nothing that comes now was carried out."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        server = self._runner.server
        assert server is not None
        for connection in list(server.connections):
            if connection.transport is not None:
                connection.transport.abort()
        # Clients of this process notice it before they use one of these connections again.
        await asyncio.sleep(_POLL)

    async def come_back(self) -> None:
        """Listens again, at the same port."""
        self._site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await self._site.start()
        self._port = int(self._runner.addresses[0][1])

    # What is seen

    def standing(self, place: str | None = None, text: str = "") -> list[Copy]:
        """The copies that people see, in one place or all, whose text holds `text`."""
        return [
            copy
            for copy in self.copies
            if not copy.deleted and place in (None, copy.place) and text in copy.text
        ]

    def here(self, text: str = "") -> Counter[str]:
        """How many such copies stand in each place."""
        return Counter(copy.place for copy in self.standing(text=text))

    def asked(self, method: str = "POST", place: str | None = None) -> list[Deed]:
        """The requests of one kind, in their order."""
        return [
            deed for deed in self.deeds if deed.method == method and place in (None, deed.place)
        ]

    @property
    def arrived(self) -> list[tuple[float, str]]:
        """Every post: when it left (arrived, if nobody says) and for which place."""
        return [(deed.at, deed.place) for deed in self.asked()]

    @property
    def duplicates(self) -> int:
        """Posts beyond the first of each place."""
        return len(self.arrived) - len(self.count())

    def count(self) -> Counter[str]:
        """Posts by place."""
        return Counter(where for _, where in self.arrived)

    def busiest(self, seconds: float) -> int:
        """The most posts that left within any such span."""
        return busiest([at for at, _ in self.arrived], seconds)

    # Requests

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        body: dict[str, Any] = json.loads(raw) if raw else {}
        tenant = request.match_info.get("tenant", USUAL)
        parts = request.match_info["rest"].split("/")
        self.under_way[tenant] += 1
        try:
            return await self._answer(request, tenant, parts, body)
        finally:
            self.under_way[tenant] -= 1

    async def _answer(
        self, request: web.Request, tenant: str, parts: list[str], body: dict[str, Any]
    ) -> web.StreamResponse:
        conversation = parts[1] if len(parts) > 1 else str(_channel(body))
        place = conversation.partition(";messageid=")[0]
        activity = body.get("activity", body)
        text = text_of(activity) if isinstance(activity, dict) else ""
        at = float(request.headers.get(LEFT, self.clock()))
        deed = Deed(at, request.method, tenant, place, text, None)
        if request.method in ("PUT", "DELETE"):
            deed.about = self._by_id.get(parts[-1])
        rule = next((one for one in self._rules if one.fits(deed, self._draw)), None)
        self.deeds.append(deed)
        if rule is None:
            answer = self._carry_out(deed, parts, conversation)
            if self.latency:
                await asyncio.sleep(self.latency)
            _note_told(deed, answer)
            return answer
        rule.hits.append(deed)
        deed.fault = fault = rule.fault
        right = self._carry_out(deed, parts, conversation) if fault.carried_out else None
        await _wait(rule)
        if fault.status is not None:
            kind = {"Content-Type": fault.content_type} if fault.body else {}
            return web.Response(
                status=fault.status, body=fault.body, headers={**kind, **fault.headers}
            )
        if fault.right and right is not None and not math.isinf(fault.wait):
            if fault.ids is None:
                _note_told(deed, right)
                return right
            # Lone surrogates are escaped, as JSON allows.
            return web.json_response(
                {name: value for name, value in fault.ids.items() if value is not None}, status=201
            )
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _carry_out(self, deed: Deed, parts: list[str], conversation: str) -> web.Response:
        """Does what is asked and gives the right answer."""
        match deed.method, parts:
            case "GET", _:
                return _told_of(parts)
            case _ if deed.place in self.removed:
                return _refusal(403, "BotNotInConversationRoster")
            case "POST", ["conversations"] if deed.place:
                id = str(_FIRST_ID + next(self._ids))
                thread = f"{deed.place};messageid={id}"
                deed.copy = self._new(deed, thread, id)
                return web.json_response({"id": thread, "activityId": id}, status=201)
            case "POST", ["conversations", _, "activities"] | ["conversations", _, "activities", _]:
                id = str(_FIRST_ID + next(self._ids))
                deed.copy = self._new(deed, conversation, id)
                return web.json_response({"id": id}, status=201)
            case "PUT" | "DELETE", ["conversations", _, "activities", id]:
                copy = self._find(conversation, id)
                if copy is None:
                    return _refusal(404, "ActivityNotFoundInConversation")
                deed.copy = copy
                if deed.method == "DELETE":
                    copy.deleted = True
                    return web.Response()
                copy.texts.append(deed.text)
                return web.json_response({"id": id})
        return _refusal(405, "MethodNotAllowed")

    def _new(self, deed: Deed, conversation: str, id: str) -> Copy:
        copy = Copy(deed.tenant, deed.place, conversation, id, [deed.text])
        self.copies.append(copy)
        self._by_id[id] = copy
        return copy

    def _find(self, conversation: str, id: str) -> Copy | None:
        copy = self._by_id.get(id)
        return copy if copy and copy.conversation == conversation and not copy.deleted else None


def _note_told(deed: Deed, answer: web.Response) -> None:
    if deed.method == "POST" and deed.copy is not None and answer.status < 300:
        deed.copy.told = True


async def _wait(rule: Rule) -> None:
    """Waits as long as the fault says, and no longer than its rule holds."""
    until = time.monotonic() + rule.fault.wait
    while (left := until - time.monotonic()) > 0 and not rule.over:  # noqa: ASYNC110
        # A rule may be ended by another thread, which must not set an event of this loop.
        await asyncio.sleep(min(_POLL, left))


def _channel(body: Mapping[str, Any]) -> str:
    data = body.get("channelData")
    channel = data.get("channel") if isinstance(data, dict) else None
    return channel.get("id", "") if isinstance(channel, dict) else ""


def _told_of(parts: list[str]) -> web.Response:
    """What can be read: of teams, their channels, and who is in a conversation."""
    match parts:
        case ["teams", id]:
            return web.json_response({"id": id, "name": f"Team {id}"})
        case ["teams", id, "conversations"]:
            return web.json_response({"conversations": [{"id": id}]})
        case ["conversations", _, "members"]:
            return web.json_response([])
        case ["conversations", _, "pagedmembers"]:
            return web.json_response({"members": []})
    return _refusal(404, "NotFound")


def _refusal(status: int, code: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": code}}, status=status)


def text_of(activity: Mapping[str, Any]) -> str:
    """All that people read in an activity, a line each."""

    def texts(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("text"), str):
                yield value["text"]
            for part in value.values():
                yield from texts(part)
        elif isinstance(value, list):
            for part in value:
                yield from texts(part)

    cards = [one.get("content") for one in activity.get("attachments") or ()]
    return "\n".join([*texts(cards), *([activity["text"]] if activity.get("text") else [])])


def busiest(instants: list[float], seconds: float) -> int:
    """The most of these instants that lie within any span of so many seconds."""
    instants = sorted(instants)
    most = first = 0
    for last, at in enumerate(instants):
        while at - instants[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


@contextlib.contextmanager
def in_thread(latency: float = 0.0, seed: int = 0) -> Iterator[ConnectorWorld]:
    """A world that answers in a thread of its own, for tests that block or end their own loop."""
    world = ConnectorWorld(latency, seed)
    ready = threading.Event()
    ending: list[Callable[[], object]] = []

    async def serve() -> None:
        end = asyncio.Event()
        loop = asyncio.get_running_loop()
        ending.append(lambda: loop.call_soon_threadsafe(end.set))
        async with world:
            ready.set()
            await end.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    try:
        assert ready.wait(10), "the connector does not start"
        yield world
    finally:
        for end in ending:
            end()
        thread.join(10)


@contextlib.asynccontextmanager
async def away(world: ConnectorWorld) -> AsyncIterator[None]:
    """For a while no connection is made at all."""
    await world.go_away()
    try:
        yield
    finally:
        await world.come_back()
