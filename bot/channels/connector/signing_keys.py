"""The keys that sign incoming tokens: fetched, cached, renewed, and kept through an outage.

The metadata document names the key set; its answer says how long it holds. A loop renews it in
time, so that no request waits. A token with an unknown key id makes the keys be fetched at once,
since keys may have been rotated, but never more often than every few seconds: requests that come
too soon share the next fetch.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import jwt
import structlog

from bot.channels.answer_body import read_up_to
from bot.i18n import N_, Message
from bot.ops.settings import is_safe_url

from .activity_json import parse

log = structlog.get_logger(__name__)

MIN_FETCH_INTERVAL = 3.0
"""Seconds between two fetches at least, so that forged key ids cannot cause a flood of them."""

DEFAULT_AGE = 24 * 3600.0
"""How long keys hold if the answers do not say; Microsoft asks for a look at least once a day."""

MAX_OUTAGE = 24 * 3600.0
"""How long keys that ought to be renewed stay in use while the metadata server is away."""

RETRY_INTERVAL = 30.0
"""Seconds between two tries to renew keys that are due."""

MAX_WAITING, MAX_WAITING_EACH = 1000, 100
"""Requests with unknown key ids that may wait for a fetch, in all and from one address; the next
ones are refused at once. Forged ids cannot be told from new ones before it, so no address may take
all the places of those who bring a new one."""

MAX_RESPONSE = 1 << 20
"""Bytes of an answer: the Bot Framework's key set has some twenty thousand."""

FETCH_TIMEOUT = aiohttp.ClientTimeout(total=5)


class TooManyWaiting(Exception):
    """So many wait for a fetch that this one may not."""


@dataclass(frozen=True, slots=True, eq=False)
class SigningKey:
    """A public key and the channels whose activities it may sign."""

    key: Any
    endorsements: frozenset[str]


class SigningKeys:
    """The keys in use.

    `session` gives the HTTP session when one is needed; `clock` counts seconds and never goes
    back; `sleep` waits.
    """

    def __init__(
        self,
        metadata_url: str,
        session: Callable[[], aiohttp.ClientSession],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._metadata_url = metadata_url
        self._session = session
        self._clock = clock
        self._sleep = sleep
        self._keys: dict[str, SigningKey] = {}
        self._fresh_until = self._trusted_until = self._next_fetch = clock()
        self._refresh: asyncio.Task[None] | None = None
        self._waiting: Counter[str] = Counter()
        self.problem: Message | None = N_("The signing keys have not been fetched yet.")

    def cached(self, key_id: str) -> SigningKey | None:
        """The key of an id, if we have it and may still trust it; never waits."""
        return self._keys.get(key_id) if self._clock() < self._trusted_until else None

    async def find(self, key_id: str, client: Callable[[], str] = str) -> SigningKey | None:
        """The key of an id, fetched if need be; None if the metadata server does not know it.

        `client` says who asks, where it has to wait; raises TooManyWaiting where it may not.
        """
        if key := self.cached(key_id):
            return key
        who = client()
        # Before the first keys are there, everybody waits for them.
        most = MAX_WAITING_EACH if self._keys else MAX_WAITING
        if self._waiting[who] >= most or self._waiting.total() >= MAX_WAITING:
            raise TooManyWaiting
        self._waiting[who] += 1
        try:
            await self.refresh()
        finally:
            self._waiting[who] -= 1
            if not self._waiting[who]:
                del self._waiting[who]
        return self.cached(key_id)

    async def refresh(self) -> None:
        """Fetches the keys, together with whoever else wants them; a failure is only logged."""
        if self._refresh is None:
            self._refresh = asyncio.create_task(self._fetch_when_allowed())
            self._refresh.add_done_callback(self._refreshed)
        # Shielded: a request that goes away must not stop the fetch that others wait for.
        await asyncio.shield(self._refresh)

    async def keep_fresh(self) -> None:
        """Renews the keys whenever they are due; runs until it is cancelled."""
        while True:
            await self.refresh()
            due = self._fresh_until - self._clock()
            await self._sleep(due if due > 0 else RETRY_INTERVAL)

    async def close(self) -> None:
        """Stops a fetch under way."""
        if self._refresh is not None:
            self._refresh.cancel()
            await asyncio.wait({self._refresh})

    def _refreshed(self, _: asyncio.Task[None]) -> None:
        self._refresh = None

    async def _fetch_when_allowed(self) -> None:
        pause = self._next_fetch - self._clock()
        if pause > 0:
            await self._sleep(pause)
        try:
            keys, age = await self._fetch()
        except Exception as error:
            # Whatever the metadata server answers, the keys we have stay in use.
            self.problem = N_(
                "The signing keys cannot be fetched from {url}.", url=self._metadata_url
            )
            log.error("signing_keys.not_fetched", url=self._metadata_url, reason=repr(error))
        else:
            self.problem = None
            self._keys = keys
            self._fresh_until = self._clock() + max(age, MIN_FETCH_INTERVAL)
            self._trusted_until = self._fresh_until + MAX_OUTAGE
            log.info("signing_keys.fetched", keys=len(keys), fresh_for=age)
        finally:
            self._next_fetch = self._clock() + MIN_FETCH_INTERVAL

    async def _fetch(self) -> tuple[dict[str, SigningKey], float]:
        metadata, metadata_age = await self._get(self._metadata_url)
        key_set, keys_age = await self._get(str(metadata["jwks_uri"]))
        keys = {}
        for item in key_set["keys"]:
            if read := _read_key(item):
                keys[read[0]] = read[1]
        if not keys:
            raise ValueError("the key set holds no key that can be used")
        return keys, min(metadata_age, keys_age)

    async def _get(self, url: str) -> tuple[dict[str, Any], float]:
        if not is_safe_url(url):
            raise ValueError(f"{url} is not https")
        async with self._session().get(
            url, timeout=FETCH_TIMEOUT, allow_redirects=False
        ) as response:
            if response.status != 200:
                raise ValueError(f"{url} answered {response.status}")
            body, whole = await read_up_to(response.content, MAX_RESPONSE)
            if not whole:
                raise ValueError(f"{url} answered more than {MAX_RESPONSE} bytes")
            value = parse(body)
            if not isinstance(value, dict):
                raise ValueError(f"{url} answered something that is not a JSON object")
            return value, _age(response.headers.get("Cache-Control", ""))


def _age(cache_control: str) -> float:
    """How long an answer holds, in seconds, by its Cache-Control header."""
    if "no-store" in cache_control or "no-cache" in cache_control:
        return 0.0
    found = re.search(r"max-age=(\d{1,9})", cache_control)
    return min(float(found[1]), DEFAULT_AGE) if found else DEFAULT_AGE


def _read_key(item: Any) -> tuple[str, SigningKey] | None:
    """A key of the key set with its id; None for what is not an RSA key for signatures."""
    try:
        if item["kty"] != "RSA" or item.get("use", "sig") != "sig":
            return None
        # A key that is endorsed for nothing is known, and good for nothing.
        names = item.get("endorsements") or ()
        endorsements = frozenset(name for name in names if isinstance(name, str))
        return str(item["kid"]), SigningKey(jwt.PyJWK(item, "RS256").key, endorsements)
    except (KeyError, TypeError, AttributeError, ValueError, jwt.PyJWTError):
        # One strange key must not take the others away.
        return None
