"""The signing keys: when they are fetched, how long they are kept, and what is not believed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import aiohttp
import pytest

from bot.channels.connector import signing_keys
from bot.channels.connector.signing_keys import (
    DEFAULT_AGE,
    MAX_OUTAGE,
    MIN_FETCH_INTERVAL,
    RETRY_INTERVAL,
    SigningKeys,
    TooManyWaiting,
)

from .conftest import eventually
from .fakes import FakeOpenId, FakeTime, Signer


@pytest.fixture
def clock() -> FakeTime:
    return FakeTime()


@pytest.fixture
async def keys(
    openid: FakeOpenId, http: aiohttp.ClientSession, clock: FakeTime
) -> AsyncIterator[SigningKeys]:
    keys = SigningKeys(openid.url, lambda: http, clock=clock, sleep=clock.sleep)
    yield keys
    await keys.close()


async def test_many_who_need_keys_share_one_fetch(keys: SigningKeys, openid: FakeOpenId) -> None:
    found = await asyncio.gather(*(keys.find("key-1") for _ in range(50)))
    assert len(set(found)) == 1
    assert found[0] is not None
    assert found[0].endorsements == {"msteams", "facebook"}
    assert (openid.fetches, openid.key_fetches) == (1, 1)


async def test_a_flood_of_unknown_ids_fetches_once_every_few_seconds(
    keys: SigningKeys, openid: FakeOpenId, clock: FakeTime
) -> None:
    await keys.refresh()
    for round_ in range(1, 4):
        flood = asyncio.gather(
            *(keys.find(f"forged-{round_}-{n}", partial(str, n)) for n in range(300))
        )
        await clock.until_asleep(round_)
        assert openid.fetches == round_
        clock.advance(MIN_FETCH_INTERVAL)
        assert set(await flood) == {None}
        assert openid.fetches == round_ + 1


async def test_too_many_waiting_are_refused_at_once(
    keys: SigningKeys, clock: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_keys, "MAX_WAITING", 2)
    await keys.refresh()
    waiting = [asyncio.create_task(keys.find(f"forged-{n}")) for n in range(2)]
    await clock.until_asleep(1)
    with pytest.raises(TooManyWaiting):
        await keys.find("one too many")
    assert await keys.find("key-1") is not None
    assert not any(task.done() for task in waiting)
    clock.advance(MIN_FETCH_INTERVAL)
    assert await asyncio.gather(*waiting) == [None, None]


async def test_a_new_key_is_found_while_others_flood_with_forged_ones(
    keys: SigningKeys, openid: FakeOpenId, clock: FakeTime, signers: list[Signer]
) -> None:
    """Nine addresses with all they can send leave places for the tenth."""
    await keys.refresh()
    openid.signers = [signers[1]]

    async def forge(number: int) -> bool:
        try:
            return await keys.find(f"forged-{number}", lambda: f"203.0.113.{number % 9}") is None
        except TooManyWaiting:
            return False

    flood = [asyncio.create_task(forge(number)) for number in range(2_000)]
    await clock.until_asleep(1)
    real = [asyncio.create_task(keys.find("key-2", lambda: "198.51.100.1")) for _ in range(20)]
    await asyncio.sleep(0)
    clock.advance(MIN_FETCH_INTERVAL)
    assert None not in await asyncio.gather(*real)
    waited = await asyncio.gather(*flood)
    assert sum(waited) == 9 * signing_keys.MAX_WAITING_EACH
    assert openid.fetches == 2
    # Whoever waited has left its place.
    forged = asyncio.create_task(keys.find("forged", lambda: "203.0.113.1"))
    await clock.until_asleep(2)
    clock.advance(MIN_FETCH_INTERVAL)
    assert await forged is None


async def test_before_the_first_keys_everybody_waits(keys: SigningKeys) -> None:
    found = await asyncio.gather(*(keys.find("key-1") for _ in range(300)))
    assert None not in found


async def test_a_rotation_during_a_flood_is_found(
    keys: SigningKeys, openid: FakeOpenId, clock: FakeTime, signers: list[Signer]
) -> None:
    await keys.refresh()
    openid.signers = [signers[1]]
    wanted = asyncio.gather(keys.find("forged"), keys.find("key-2"))
    await clock.until_asleep(1)
    clock.advance(MIN_FETCH_INTERVAL)
    forged, found = await wanted
    assert forged is None
    assert found is not None
    assert keys.cached("key-1") is None


async def test_a_request_that_goes_away_stops_no_fetch(
    keys: SigningKeys, clock: FakeTime, openid: FakeOpenId
) -> None:
    await keys.refresh()
    gone = asyncio.create_task(keys.find("forged"))
    stays = asyncio.create_task(keys.find("forged"))
    await clock.until_asleep(1)
    gone.cancel()
    clock.advance(MIN_FETCH_INTERVAL)
    assert await stays is None
    assert gone.cancelled()
    assert openid.fetches == 2


@pytest.mark.parametrize(
    ("cache_control", "age"),
    [
        ("max-age=600", 600),
        ("public, max-age=7200", 7200),
        ("max-age=99999999", DEFAULT_AGE),
        ("no-store", MIN_FETCH_INTERVAL),
        ("max-age=0", MIN_FETCH_INTERVAL),
        (None, DEFAULT_AGE),
    ],
)
async def test_keys_are_renewed_when_the_metadata_says_so(
    keys: SigningKeys,
    openid: FakeOpenId,
    clock: FakeTime,
    signers: list[Signer],
    cache_control: str | None,
    age: float,
) -> None:
    openid.cache_control = cache_control
    loop = asyncio.create_task(keys.keep_fresh())
    await clock.until_asleep(1)
    assert clock.slept == [age]
    openid.signers = [signers[1]]
    clock.advance(age)
    await clock.until_asleep(2)
    assert keys.cached("key-1") is None
    assert keys.cached("key-2") is not None
    loop.cancel()


async def test_keys_outlive_an_outage_but_not_for_ever(
    keys: SigningKeys, openid: FakeOpenId, clock: FakeTime
) -> None:
    openid.cache_control = "max-age=600"
    loop = asyncio.create_task(keys.keep_fresh())
    await clock.until_asleep(1)
    assert keys.problem is None
    openid.status = 500
    clock.advance(600)
    await clock.until_asleep(2)
    assert clock.slept[-1] == RETRY_INTERVAL
    assert keys.problem is not None
    assert keys.cached("key-1") is not None
    clock.now += MAX_OUTAGE - 1
    assert keys.cached("key-1") is not None
    clock.now += 1
    assert keys.cached("key-1") is None
    openid.status = 200
    clock.advance(RETRY_INTERVAL)
    await clock.until_asleep(3)
    assert keys.problem is None
    assert keys.cached("key-1") is not None
    loop.cancel()


@pytest.mark.parametrize("status", [301, 302, 307, 404, 500, 503])
async def test_only_a_200_is_believed(keys: SigningKeys, openid: FakeOpenId, status: int) -> None:
    openid.status = status
    assert await keys.find("key-1") is None
    assert keys.problem == f"The signing keys cannot be fetched from {openid.url}."
    assert openid.fetches == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"jwks_uri":1}', b"\xff", b"[" * 100_000, b" " * (2 << 20)],
    ids=["nothing", "no JSON", "list", "empty", "number", "no UTF-8", "too deep", "too large"],
)
async def test_strange_metadata_is_not_believed(
    keys: SigningKeys, openid: FakeOpenId, body: bytes
) -> None:
    openid.body = body
    assert await keys.find("key-1") is None
    assert keys.problem is not None
    assert openid.key_fetches == 0


async def test_keys_are_not_fetched_without_tls(keys: SigningKeys, openid: FakeOpenId) -> None:
    openid.jwks_uri = "http://keys.example.com/keys"
    assert await keys.find("key-1") is None
    assert keys.problem is not None


async def test_strange_keys_do_not_take_the_others_away(
    keys: SigningKeys, openid: FakeOpenId, signers: list[Signer]
) -> None:
    good = signers[1].jwk()
    openid.extra_keys = [
        None,
        "key",
        {},
        {"kty": "RSA", "kid": "no-numbers"},
        {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
        good | {"kid": "broken", "n": 5},
        good | {"kid": "for-encryption", "use": "enc"},
        good | {"kid": "strange-endorsements", "endorsements": [1, "msteams"]},
    ]
    assert await keys.find("key-1") is not None
    for key_id in ("no-numbers", "secret", "broken", "for-encryption"):
        assert keys.cached(key_id) is None
    strange = keys.cached("strange-endorsements")
    assert strange is not None
    assert strange.endorsements == {"msteams"}


async def test_a_key_set_without_keys_changes_nothing(
    keys: SigningKeys, openid: FakeOpenId, clock: FakeTime
) -> None:
    assert await keys.find("key-1") is not None
    openid.signers = []
    clock.advance(MIN_FETCH_INTERVAL)
    await keys.refresh()
    assert openid.key_fetches == 2
    assert keys.cached("key-1") is not None
    assert keys.problem is not None


async def test_a_fetch_under_way_is_stopped_at_the_end(
    openid: FakeOpenId, http: aiohttp.ClientSession, clock: FakeTime
) -> None:
    keys = SigningKeys(openid.url, lambda: http, clock=clock, sleep=clock.sleep)
    await keys.refresh()
    waiting = asyncio.create_task(keys.find("forged"))
    await clock.until_asleep(1)
    await keys.close()
    await eventually(waiting.done)
    assert waiting.cancelled()
    assert openid.fetches == 1
