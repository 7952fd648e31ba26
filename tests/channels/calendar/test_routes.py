"""The calendars over HTTP: what is served, what is refused, and what need not be sent again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from multidict import CIMultiDict
from structlog.testing import capture_logs

from bot.channels.calendar import feed, feed_url, files, meeting_url, routes
from bot.channels.rate_limit import RateLimit
from bot.knowledge.library import Knowledge
from bot.knowledge.values import Language

from .conftest import MakeSite, Site
from .judge import meeting, only, read

COFFEE = "/calendar/meetings/pirkanmaa-aamukahvit@2026-12-10.ics"
GOOD = ["/calendar.ics", "/calendar/pirkanmaa.ics", COFFEE]


@pytest.mark.parametrize("path", GOOD)
async def test_a_calendar_is_served(site: Site, path: str) -> None:
    response, body = await site.get(path)
    assert response.status == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=600"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["ETag"].startswith('"')
    assert read(body).events


@pytest.mark.parametrize("path", GOOD)
async def test_head_tells_the_same_without_the_body(site: Site, path: str) -> None:
    got, body = await site.get(path)
    head, nothing = await site.get(path, "HEAD")
    assert head.status == 200
    assert nothing == b""
    same = ("Content-Type", "ETag", "Cache-Control", "Content-Length", "Content-Disposition")
    assert [head.headers.get(one) for one in same] == [got.headers.get(one) for one in same]
    assert got.headers["Content-Length"] == str(len(body))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_calendars_are_only_read(site: Site, method: str) -> None:
    response, _ = await site.get("/calendar.ics", method)
    assert response.status == 405


async def test_a_feed_is_of_the_network_asked_for(site: Site, knowledge: Knowledge) -> None:
    _, of_all = await site.get("/calendar.ics")
    _, of_one = await site.get("/calendar/lansi-suomi.ics")
    _, of_none = await site.get("/calendar/lappi.ics")
    assert of_all == feed(knowledge, (), "fi")
    assert of_one == feed(knowledge, ("lansi-suomi",), "fi")
    assert read(of_none).events == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "Taikusydän: tapaamiset"),
        ("?lang=fi", "Taikusydän: tapaamiset"),
        ("?lang=sv", "Taikusydän: träffar"),
        ("?lang=en&other=1", "Taikusydän: meetings"),
    ],
)
async def test_the_language_is_asked_for(site: Site, query: str, name: str) -> None:
    _, body = await site.get(f"/calendar.ics{query}")
    assert f"X-WR-CALNAME:{name}\r\n" in body.decode()


async def test_a_single_meeting_is_a_file_with_a_name(site: Site) -> None:
    response, body = await site.get(f"{COFFEE}?lang=en")
    (event,) = read(body).events
    assert event.summary == "Pirkanmaa morning coffee on cultural well-being (example)"
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="pirkanmaa-aamukahvit-2026-12-10.ics"'
    )
    feeds, _ = await site.get("/calendar.ics")
    assert "Content-Disposition" not in feeds.headers


async def test_a_moved_meeting_is_found_by_the_day_it_was_to_be(make_site: MakeSite) -> None:
    moved = {"2026-12-10": {"start": "2027-02-01 13:00", "end": "2027-02-01 14:00"}}
    recurring = meeting("FREQ=WEEKLY", recurrence={"moved": moved})
    site = await make_site()
    site.knowledge = only(site.knowledge, recurring)
    response, _ = await site.get("/calendar/meetings/coffee@2026-12-10.ics")
    assert response.status == 200
    response, _ = await site.get("/calendar/meetings/coffee@2027-02-01.ics")
    assert response.status == 404


LANGUAGE = "Choose the language with ?lang=fi, ?lang=sv or ?lang=en."
NO_NETWORK = "Tällaista verkostoa ei ole."
NO_MEETING = "Tällaista tapaamista ei ole."
EVIL = "%3Cscript%3Ealert(1)%3C%2Fscript%3E"


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/calendar.ics?lang=de", 400, LANGUAGE),
        ("/calendar.ics?lang=", 400, LANGUAGE),
        (f"/calendar.ics?lang={EVIL}", 400, LANGUAGE),
        ("/calendar/lappi.ics?lang=fi-FI", 400, LANGUAGE),
        (f"{COFFEE}?lang=de", 400, LANGUAGE),
        ("/calendar/atlantis.ics", 404, NO_NETWORK),
        (f"/calendar/{EVIL}.ics", 404, NO_NETWORK),
        ("/calendar/Lappi.ics", 404, NO_NETWORK),
        ("/calendar/meetings.ics", 404, NO_NETWORK),
        ("/calendar/atlantis.ics?lang=sv", 404, "Det finns inget sådant nätverk."),
        ("/calendar/atlantis.ics?lang=en", 404, "There is no such network."),
        ("/calendar/meetings/coffee.ics", 404, NO_MEETING),
        ("/calendar/meetings/coffee@2026-12-10.ics", 404, NO_MEETING),
        ("/calendar/meetings/pirkanmaa-aamukahvit@2026-12-11.ics", 404, NO_MEETING),
        ("/calendar/meetings/pirkanmaa-aamukahvit@2026-13-45.ics", 404, NO_MEETING),
        ("/calendar/meetings/pirkanmaa-aamukahvit@20261210.ics", 404, NO_MEETING),
        ("/calendar/meetings/pirkanmaa-aamukahvit@2026-W50-4.ics", 404, NO_MEETING),
        ("/calendar/meetings/pirkanmaa-aamukahvit@.ics", 404, NO_MEETING),
        ("/calendar/meetings/@2026-12-10.ics", 404, NO_MEETING),
        (f"/calendar/meetings/{EVIL}@2026-12-10.ics", 404, NO_MEETING),
        ("/calendar/meetings/a%0d%0aX-Evil:1@2026-12-10.ics", 404, NO_MEETING),
        (f"{COFFEE}%00.ics", 404, NO_MEETING),
        ("/calendar/meetings/a@2026-12-10.ics?lang=sv", 404, "Det finns ingen sådan träff."),
        ("/calendar/meetings/a@2026-12-10.ics?lang=en", 404, "There is no such meeting."),
    ],
)
async def test_what_is_unknown_is_refused_with_one_sentence(
    site: Site, path: str, status: int, sentence: str
) -> None:
    response, body = await site.get(path)
    assert (response.status, body.decode()) == (status, sentence)
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers
    assert "X-Evil" not in response.headers
    head, nothing = await site.get(path, "HEAD")
    assert (head.status, nothing) == (status, b"")


async def test_far_days_are_not_counted(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    find = Knowledge.occurrence

    def occurrence(knowledge: Knowledge, key: str) -> Any:
        counted.append(key)
        return find(knowledge, key)

    monkeypatch.setattr(Knowledge, "occurrence", occurrence)
    near, far = "pirkanmaa-aamukahvit@2031-11-13", "pirkanmaa-aamukahvit@2199-11-14"
    assert (await site.get(f"/calendar/meetings/{near}.ics"))[0].status == 200
    assert (await site.get(f"/calendar/meetings/{far}.ics"))[0].status == 404
    assert counted == [near]


@pytest.mark.parametrize("path", GOOD)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_the_reader_has_is_not_sent_again(site: Site, path: str, method: str) -> None:
    first, _ = await site.get(path)
    tag = first.headers["ETag"]
    for had in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again, body = await site.get(path, method, If_None_Match=had)
        assert (again.status, body) == (304, b"")
        assert again.headers["ETag"] == tag
        assert again.headers["Cache-Control"] == "public, max-age=600"
    for had in ('"other"', tag.strip('"'), "", '"'):
        again, _ = await site.get(path, method, If_None_Match=had)
        assert again.status == 200


async def test_each_calendar_has_a_tag_of_its_own(site: Site) -> None:
    asked = [*GOOD, "/calendar/lansi-suomi.ics", *(f"{path}?lang=sv" for path in GOOD)]
    tags = [(await site.get(path))[0].headers["ETag"] for path in asked]
    assert len(set(tags)) == len(asked) == 7


async def test_new_content_is_a_new_calendar_and_the_same_content_the_same_tag(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[str, ...]] = []

    def counted(*arguments: Any) -> bytes:
        made.append(arguments[1])
        return files.feed(*arguments)

    monkeypatch.setattr(routes, "feed", counted)
    before, _ = await site.get("/calendar.ics")
    await site.get("/calendar.ics")
    await site.get("/calendar/pirkanmaa.ics")
    await site.get("/calendar/pirkanmaa.ics", "HEAD")
    assert made == [(), ("pirkanmaa",)]
    site.knowledge = replace(site.knowledge)
    reloaded, _ = await site.get("/calendar.ics")
    assert reloaded.headers["ETag"] == before.headers["ETag"]
    site.knowledge = only(site.knowledge, meeting())
    changed, _ = await site.get("/calendar.ics")
    assert changed.headers["ETag"] != before.headers["ETag"]
    assert len(made) == 4


async def test_calendars_are_written_beside_the_conversations(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []

    def noted(write: Callable[..., bytes]) -> Callable[..., bytes]:
        def written(*arguments: Any) -> bytes:
            threads.append(threading.current_thread().name)
            return write(*arguments)

        return written

    monkeypatch.setattr(routes, "feed", noted(files.feed))
    monkeypatch.setattr(routes, "single_meeting", noted(files.single_meeting))
    for path in GOOD:
        assert (await site.get(path))[0].status == 200
    assert len(threads) == 3
    assert threading.main_thread().name not in threads


async def test_what_is_written_while_the_content_changes_is_not_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = site.knowledge, only(site.knowledge, meeting())
    started, go_on = threading.Event(), threading.Event()

    def slow(knowledge: Knowledge, *arguments: Any) -> bytes:
        if knowledge is old:
            started.set()
            assert go_on.wait(10)
        return files.feed(knowledge, *arguments)

    monkeypatch.setattr(routes, "feed", slow)
    first = asyncio.create_task(site.get("/calendar.ics"))
    assert await asyncio.to_thread(started.wait, 10)
    site.knowledge = new
    assert (await site.get("/calendar.ics"))[1] == files.feed(new, (), "fi")
    go_on.set()
    assert (await first)[1] == files.feed(old, (), "fi")
    assert (await site.get("/calendar.ics"))[1] == files.feed(new, (), "fi")


async def test_nothing_of_the_request_gets_into_a_calendar(site: Site) -> None:
    headers = CIMultiDict({"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    response = await site.client.get("/calendar.ics?evil=1", headers=headers)
    assert response.status == 200
    assert b"evil" not in await response.read()


@pytest.mark.parametrize(
    "public_url", ["https://bot.example", lambda: "https://bot.example"], ids=["text", "call"]
)
async def test_a_feed_tells_where_it_comes_from(make_site: MakeSite, public_url: Any) -> None:
    site = await make_site(public_url=public_url)
    _, body = await site.get("/calendar/pirkanmaa.ics?lang=sv")
    source = "SOURCE;VALUE=URI:https://bot.example/calendar/pirkanmaa.ics?lang=sv"
    assert source in body.decode().replace("\r\n ", "")
    _, single = await site.get(COFFEE)
    assert b"SOURCE" not in single


@pytest.mark.parametrize("public_url", [None, "", lambda: None])
async def test_without_a_public_address_no_feed_tells_one(
    make_site: MakeSite, public_url: Any
) -> None:
    site = await make_site(public_url=public_url)
    _, body = await site.get("/calendar.ics")
    assert b"SOURCE" not in body


@pytest.mark.parametrize("public_url", [None, ""])
def test_without_a_public_address_there_are_no_links(public_url: str | None) -> None:
    assert feed_url(public_url, "lappi", "fi") is None
    assert feed_url(public_url, None, "fi") is None
    assert meeting_url(public_url, "coffee@2026-12-10", "fi") is None


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_links_lead_to_the_calendars(site: Site, language: Language) -> None:
    public_url = str(site.client.make_url("/"))
    links = [
        feed_url(public_url, None, language),
        feed_url(public_url, "pirkanmaa", language),
        meeting_url(public_url, "pirkanmaa-aamukahvit@2026-12-10", language),
    ]
    for link, path in zip(links, GOOD, strict=True):
        assert link == f"{public_url.rstrip('/')}{path}?lang={language}"
        response, body = await site.get(link.removeprefix(public_url.rstrip("/")))
        assert response.status == 200
        assert f"//Taikubot//{language.upper()}".encode() in body


async def test_an_address_has_a_limit(make_site: MakeSite) -> None:
    seconds = [100.0]
    site = await make_site(limit=RateLimit(4, 2.5), monotonic=lambda: seconds[0])
    first, _ = await site.get("/calendar.ics")
    # What has not changed counts as well, and so does what is not there.
    for path, known in ((GOOD[0], first.headers["ETag"]), (COFFEE, ""), ("/calendar/x.ics", "")):
        response, _ = await site.get(path, If_None_Match=known)
        assert response.status in (200, 304, 404)
    with capture_logs() as logs:
        for path in GOOD * 3:
            response, body = await site.get(f"{path}?lang=sv", If_None_Match=first.headers["ETag"])
            assert (response.status, response.headers["Retry-After"]) == (429, "3")
            assert response.headers["Cache-Control"] == "no-store"
            assert "ETag" not in response.headers
            assert "3 sekunder" in body.decode()
    assert [line["rule"] for line in logs] == ["rate"]
    # Somebody else behind the same proxy is somebody else, and so is the same one later.
    other, _ = await site.get("/calendar.ics", X_Forwarded_For="203.0.113.5, 198.51.100.7")
    assert other.status == 200
    seconds[0] += 2.5
    assert [(await site.get("/calendar.ics"))[0].status for _ in range(2)] == [200, 429]


async def test_an_organisation_behind_one_address_reads_its_calendars(site: Site) -> None:
    """Two hundred calendars that ask at the same moment."""
    answers = await asyncio.gather(*(site.get("/calendar.ics") for _ in range(200)))
    assert {response.status for response, _ in answers} == {200}
