"""What comes over the wire: slow, broken, too much at once; and what is said and written of it."""

from __future__ import annotations

import asyncio
import gc
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from bot.channels.front_door import Limits
from bot.channels.front_door.connections import Connection, Reason, State
from bot.channels.front_door.protocol import MAX_HEAD, TRACEBACKS, FrontDoorProtocol
from bot.channels.front_door.turnstile import A_ROUND

from .conftest import LARGE, PATIENCE, House, MakeHouse

SECRET = b"planted-token-4711"
TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def get(path: str) -> bytes:
    """A GET without a body."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


GET = get("/fast")


def post(path: str, length: int, *more: str) -> bytes:
    """The headers of a POST with a body of so many bytes."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    return "\r\n".join([*lines, f"Content-Length: {length}", *more, "", ""]).encode()


async def test_requests_are_answered_one_after_the_other(house: House) -> None:
    client = await house.client(GET, GET + GET)
    assert [(await client.answer())[0] for _ in range(3)] == [200] * 3
    await client.send(post("/body", 4) + b"{", b"", b" } ")
    assert (await client.answer())[2] == b"{ } "
    await client.send(GET)
    assert (await client.answer())[2] == b"fast"


async def test_nothing_says_which_software_answers(house: House) -> None:
    for request in (
        GET,
        get("/none"),
        b"nonsense\r\n\r\n",
        get("/fail"),
    ):
        _, head, _ = await (await house.client(request)).answer()
        assert b"server:" not in head.lower()
        assert b"aiohttp" not in head


# Slow clients


async def test_headers_have_twenty_seconds_from_the_connection_on(house: House) -> None:
    silent, half = await house.client(), await house.client(b"GET /fast HTTP/1.1\r\nHo")
    await house.after(19.0)
    await half.send(b"s")
    await house.after(21.0)
    assert (
        await silent.rest()
        == b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )
    assert await half.rest() == TIMED_OUT
    assert len(house.door.connections) == 0


async def test_the_time_for_headers_runs_by_itself_and_trickling_does_not_extend_it(
    make_house: MakeHouse,
) -> None:
    house = await make_house(Limits(head=0.5))
    client = await house.client(b"GET /fast HTTP/1.1\r\n")

    async def trickle() -> None:
        while True:
            await client.send(b"X-More: y\r\n")
            await asyncio.sleep(0.05)

    trickling = asyncio.create_task(trickle())
    assert await client.rest() == TIMED_OUT
    trickling.cancel()
    await asyncio.wait([trickling])


async def test_a_further_request_has_its_time_from_its_first_byte(house: House) -> None:
    client = await house.client(GET)
    await client.answer()
    await house.after(74.0)
    await client.send(b"GET /fa")
    await house.after(19.0)
    await client.send(b"st HTTP/1.1\r\nHost: a\r\n\r\n")
    assert (await client.answer())[0] == 200
    await client.send(b"GET /fa")
    await house.after(21.0)
    assert await client.rest() == TIMED_OUT


async def test_a_part_of_a_request_that_comes_along_has_its_time_from_the_answer(
    house: House,
) -> None:
    client = await house.client(get("/wait"), b"GET /fa")
    await house.after(1_000.0)
    house.go_on.set()
    assert (await client.answer())[0] == 200
    await house.after(21.0)
    assert await client.rest() == TIMED_OUT


async def test_an_idle_connection_ends_after_75_seconds(house: House) -> None:
    client = await house.client(GET)
    await client.answer()
    await house.after(74.0)
    await client.send(GET)
    await client.answer()
    await house.after(76.0)
    assert await client.ended()


async def test_a_body_has_thirty_seconds_and_trickling_does_not_extend_it(house: House) -> None:
    client = await house.client(post("/read", 100), b"{")
    await house.after(29.0)
    await client.send(b" ")
    await house.after(31.0)
    assert await client.ended()


async def test_an_answer_may_take_its_time(house: House) -> None:
    client = await house.client(get("/wait"))
    await house.after(3_600.0)
    house.go_on.set()
    assert (await client.answer())[2] == b"waited"


async def test_who_does_not_read_the_answer_is_left(house: House) -> None:
    reading = await house.client(get("/large"))
    not_reading = await house.client(get("/large"))
    not_reading.reader._transport.pause_reading()  # type: ignore[attr-defined]
    assert (await reading.answer())[2] == bytes(LARGE)
    await house.after(59.0)
    assert len(house.door.connections) == 2
    await house.after(61.0)
    assert len(house.door.connections) == 1


async def test_requests_whose_answers_are_not_read_are_not_worked_on(house: House) -> None:
    """Short answers are no reason to wait for aiohttp, which would keep all of them in memory."""
    client = await house.client()
    client.reader._transport.pause_reading()  # type: ignore[attr-defined]
    for _ in range(400):
        client.writer.write(GET * 1_000)
        await asyncio.sleep(0.01)
    asked = -1
    async with asyncio.timeout(PATIENCE):
        while asked != len(house.asked):
            asked = len(house.asked)
            await asyncio.sleep(1.0)
    assert 0 < asked < 400_000
    await house.after(61.0)
    assert len(house.door.connections) == 0
    client.writer.transport.abort()


async def test_the_rest_of_an_unwanted_body_is_not_waited_for(house: House) -> None:
    client = await house.client(post("/unread", 10_000_000) + b"x" * 1_000)
    assert (await client.answer())[0] == 200
    assert await client.ended()


async def test_an_unwanted_body_that_comes_soon_leaves_the_connection_open(house: House) -> None:
    client = await house.client(post("/unread", 1_000) + b"x" * 10)
    assert (await client.answer())[0] == 200
    await client.send(b"x" * 990, GET)
    assert (await client.answer())[2] == b"fast"
    await house.after(74.0)
    await client.send(GET)
    assert (await client.answer())[2] == b"fast"


# Too many


async def test_beyond_the_cap_half_sent_requests_make_room(make_house: MakeHouse) -> None:
    house = await make_house(Limits(most=10))
    answered = await house.client(get("/wait"))
    for _ in range(50):
        await house.client(b"GET /fast HTTP/1.1\r\nHo")
    assert len(house.door.connections) == 10
    assert (await (await house.client(GET)).answer())[0] == 200
    house.go_on.set()
    assert (await answered.answer())[2] == b"waited"


HELD = {"unread": get("/large") + get("/large"), "asked for at once": get("/wait") * 3}


@pytest.mark.parametrize("asked", HELD.values(), ids=list(HELD))
async def test_places_that_are_held_are_free_for_whoever_comes(
    make_house: MakeHouse, asked: bytes
) -> None:
    house = await make_house(Limits(most=10))
    working = await house.client(get("/wait"))
    for _ in range(9):
        holding = await house.client()
        holding.reader._transport.pause_reading()  # type: ignore[attr-defined]
        await holding.send(asked)
    await asyncio.sleep(0.2)
    slow = await house.client(GET[:10])
    for _ in range(8):
        await house.client()
    await slow.send(GET[10:])
    assert (await slow.answer())[2] == b"fast"
    house.go_on.set()
    assert (await working.answer())[2] == b"waited"


async def test_answers_of_which_a_little_is_read_end_all_the_same(house: House) -> None:
    client = await house.client(get("/large") * 20)  # It takes only as much as it is asked for.
    await asyncio.sleep(0.2)
    house.door.connections.end_overdue(asyncio.get_running_loop().time() + 59.0)
    (connection,) = house.door.connections
    since, read = connection.held_since, 0
    async with asyncio.timeout(PATIENCE):
        while read < 2 * LARGE:
            read += len(await client.reader.read(LARGE))
    assert since is not None
    assert connection.held_since == since
    house.door.connections.end_overdue(since + 60.1)
    assert len(house.door.connections) == 0
    client.writer.transport.abort()


async def test_one_request_after_the_other_is_not_held_against_anybody(house: House) -> None:
    client = await house.client()
    for _ in range(50):
        client.writer.write(GET)
        assert (await client.answer())[2] == b"fast"
        (connection,) = house.door.connections
        assert connection.held_since is None


async def test_requests_that_come_together_begin_a_few_at_a_time(house: House) -> None:
    """However many connections they come on: each answer needs several rounds of the loop."""
    loop, begun = asyncio.get_running_loop(), [0]

    def next_round() -> None:
        begun.append(len(house.asked))
        if len(house.asked) < 400:
            loop.call_soon(next_round)

    clients = [await house.client() for _ in range(100)]
    next_round()
    for client in clients:
        client.writer.write(GET * 4)
    for client in clients:
        for _ in range(4):
            assert (await client.answer())[2] == b"fast"
    assert max(after - before for before, after in pairwise(begun)) <= A_ROUND


async def test_who_has_gone_while_waiting_for_a_turn_is_not_answered(house: House) -> None:
    clients = [await house.client() for _ in range(100)]
    with capture_logs() as lines:
        for client in clients:
            client.writer.write(post("/read", 100) + b"{")
        # All have come in the same round of the loop, and go in the next ones.
        async with asyncio.timeout(PATIENCE):
            while all(  # noqa: ASYNC110  # the door has no event for it
                each.state is State.HEAD for each in house.door.connections
            ):
                await asyncio.sleep(0)
        for connection in list(house.door.connections):
            connection.end(Reason.NO_ROOM)
        assert all([await client.ended() for client in clients])
        await asyncio.sleep(0.1)
    assert {line["event"] for line in lines} == {"connection.ended"}


async def test_long_headers_are_too_long_however_many_lines_they_are(house: House) -> None:
    lines = [b"X-%d: %s\r\n" % (number, b"y" * 2_000) for number in range(MAX_HEAD // 2_000 + 1)]
    client = await house.client(b"GET /fast HTTP/1.1\r\n", *lines)
    assert (await client.rest()).startswith(b"HTTP/1.1 431 ")
    while_waiting = await house.client(get("/wait"), b"GET /fast HTTP/1.1\r\n", *lines)
    assert await while_waiting.ended()


async def test_a_compressed_body_comes_as_it_is(house: House) -> None:
    client = await house.client(post("/read", 3, "Content-Encoding: gzip") + b"\x1f\x8bz")
    assert (await client.answer())[2] == b"\x1f\x8bz"


# Broken requests

BROKEN = [
    b"GET /fast HTTP/1.1\r\nAuthorization: Bearer " + SECRET + b"\r\r\n\r\n",
    b"GET /fast HTTP/1.1\r\nAuthorization: Bearer " + SECRET + b"\0\r\n\r\n",
    b"GET /fast HTTP/1.1\r\nAuthorization: Bearer\r\n " + SECRET + b"\r\n\r\n",
    b"GET /fast HTTP/1.1\r\nAuthorization " + SECRET + b"\r\n\r\n",
    b"GET /fast HTTP/1.1\r\nAuthorization : " + SECRET + b"\r\n\r\n",
    b"GE T /fast?token=" + SECRET + b" HTTP/1.1\r\n\r\n",
    b"GET /fast?token=" + SECRET + b" HTTP/9.9\r\n\r\n",
    b"GET http://[" + SECRET + b" HTTP/1.1\r\n\r\n",
    b"GET /" + SECRET * 1_000 + b" HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01" + SECRET + b"\r\n\r\n",
    b"GET /fast HTTP/1.1\r\nX: " + SECRET * 1_000 + b"\r\n\r\n",
    b"GET /fast HTTP/1.1\r\nContent-Length: " + SECRET + b"\r\n\r\n",
    b"POST /body HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: " + SECRET + b"\r\n\r\n",
    b"POST /body HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + SECRET,
    b"POST /read HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{" + SECRET,
    b"GET /fast HTTP/1.1\r\nHost: a\r\nHost: " + SECRET + b"\r\n\r\n",
    SECRET + b"\r\n\r\n",
]


@pytest.mark.parametrize("request_", BROKEN, ids=range(len(BROKEN)))
@pytest.mark.parametrize("pieces", ["whole", "in pieces"])
async def test_of_a_broken_request_nothing_stands_in_answer_or_log(
    house: House, request_: bytes, pieces: str, caplog: pytest.LogCaptureFixture
) -> None:
    parts = [request_]
    if pieces == "in pieces":
        middle = request_.find(SECRET) + 3
        parts = [request_[:middle], request_[middle:]]
    with capture_logs() as lines:
        client = await house.client(*parts)
        said = await client.rest()
    assert said.split()[1] == b"400"
    assert b"planted" not in said
    assert len(said) < 300
    assert [line["event"] for line in lines] == ["request.malformed"]
    assert set(lines[0]) == {"event", "log_level", "reason"}
    assert "planted" not in repr(lines)
    assert not caplog.records


async def test_a_body_that_breaks_off_is_told_to_who_reads_it(house: House) -> None:
    more = b"Host: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    for path, rule in ((b"body", b"broken body"), (b"read", b"This is not well-formed HTTP.\n")):
        client = await house.client(
            b"POST /" + path + b" HTTP/1.1\r\n" + more, b"1\r\n{\r\n", b"zz\r\n"
        )
        status, _, said = await client.answer()
        assert (status, said) == (400, rule)
        await client.rest()


@pytest.mark.parametrize("path", ["/read", "/body"])
async def test_a_client_that_goes_away_is_no_failure(house: House, path: str) -> None:
    with capture_logs() as lines:
        client = await house.client(post(path, 100) + b"{")
        client.writer.transport.abort()
        await asyncio.sleep(0.1)
        late = await house.client(post(path, 100) + b"{")
        await house.after(31.0)
        assert await late.ended()
        await asyncio.sleep(0.1)
    assert [line["event"] for line in lines] == ["connection.ended"]


async def test_nothing_is_kept_of_connections_that_are_gone(make_house: MakeHouse) -> None:
    def kept() -> list[object]:
        gc.collect()
        return [one for one in gc.get_objects() if isinstance(one, FrontDoorProtocol | Connection)]

    of_other_tests = {id(one) for one in kept()}
    house = await make_house(Limits(most=10))
    for number in range(120):
        kind = number % 4
        parts = (b"GET /fa", post("/read", 1_000) + b"{", GET, b"nonsense\r\n\r\n")[kind]
        client = await house.client(parts)
        if number % 3 == 0:
            client.writer.transport.abort()
    for client in house.clients:
        client.writer.transport.abort()
    async with asyncio.timeout(PATIENCE):
        while len(house.door.connections):  # noqa: ASYNC110  # the door has no event for it
            await asyncio.sleep(0.05)
    async with asyncio.timeout(PATIENCE):
        while any(id(one) not in of_other_tests for one in kept()):  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.05)


async def test_many_broken_requests_are_a_few_lines(house: House) -> None:
    with capture_logs() as lines:
        for _ in range(100):
            await (await house.client(b"nonsense " + SECRET + b"\r\n\r\n")).rest()
    assert len(lines) == 1


async def test_our_own_mistakes_keep_their_traceback(house: House) -> None:
    with capture_logs() as lines:
        client = await house.client(get(f"/fail?token={SECRET.decode()}"))
        assert (await client.answer())[::2] == (500, b"The server failed.\n")
    (line,) = lines
    assert isinstance(line["exc_info"], ValueError)
    assert "planted" not in repr(line)


async def test_a_mistake_that_is_made_often_is_soon_told_shortly(house: House) -> None:
    with capture_logs() as lines:
        for _ in range(50):
            assert (await (await house.client(get("/fail"))).answer())[0] == 500
    assert sum("exc_info" in line for line in lines) == TRACEBACKS
    assert len(lines) == TRACEBACKS + 1


async def test_ended_connections_leave_a_few_lines(make_house: MakeHouse) -> None:
    house = await make_house(Limits(most=5))
    with capture_logs() as lines:
        for _ in range(100):
            await house.client(b"GET /fa")
    assert {line["reason"] for line in lines} == {"too many connections"}
    assert len(lines) == 1


async def test_a_server_that_ends_finishes_what_it_is_at(house: House) -> None:
    client = await house.client(get("/wait"))
    idle = await house.client(GET)
    await idle.answer()
    ending = asyncio.create_task(house.runner.cleanup())
    await asyncio.sleep(0.05)
    assert await idle.ended()
    house.go_on.set()
    assert (await client.answer())[2] == b"waited"
    await ending
    assert len(house.door.connections) == 0
