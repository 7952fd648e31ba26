"""security.txt: whom to tell of a weakness."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from bot.channels.front_door.security_txt import PATH, security_txt
from bot.knowledge.library import Knowledge
from bot.ops.settings import SettingsError, load_settings

NOW = dt.datetime(2026, 11, 21, 23, 30, tzinfo=dt.timezone(dt.timedelta(hours=2)))


async def told(
    aiohttp_client: Any,
    knowledge: Knowledge,
    contact: str | None = None,
    public_url: str | None = None,
    now: dt.datetime = NOW,
) -> list[str]:
    """The lines that are served."""
    app = web.Application()
    app.add_routes([security_txt(lambda: knowledge, contact, public_url, lambda: now)])
    response = await (await aiohttp_client(app)).get(PATH)
    assert response.status == 200
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    text: str = await response.text()
    assert text.endswith("\n")
    return text.splitlines()


async def test_the_contact_point_of_the_community_is_named(
    aiohttp_client: Any, knowledge: Knowledge
) -> None:
    assert await told(aiohttp_client, knowledge) == [
        f"Contact: {knowledge.community.contact_point.url}",
        "Expires: 2027-05-20T00:00:00Z",
        "Preferred-Languages: fi, sv, en",
    ]


async def test_an_address_and_a_page_are_two_contacts(
    aiohttp_client: Any, knowledge: Knowledge
) -> None:
    community = knowledge.community
    point = community.contact_point.model_copy(update={"email": "help@example.org"})
    changed = community.model_copy(update={"contact_point": point})
    lines = await told(aiohttp_client, replace(knowledge, community=changed))
    assert lines[:2] == ["Contact: mailto:help@example.org", f"Contact: {point.url}"]


async def test_whoever_runs_the_bot_may_name_another(
    aiohttp_client: Any, knowledge: Knowledge
) -> None:
    arguments = ("mailto:cert@example.org", "https://bot.example.org")
    lines = await told(aiohttp_client, knowledge, *arguments)
    assert lines[0] == "Contact: mailto:cert@example.org"
    assert lines[-1] == f"Canonical: https://bot.example.org{PATH}"
    assert len([line for line in lines if line.startswith("Contact:")]) == 1


@pytest.mark.parametrize("days", [0, 1, 365, 3650])
async def test_it_never_has_expired(aiohttp_client: Any, knowledge: Knowledge, days: int) -> None:
    """Nor is it for more than a year, as the RFC asks."""
    now = NOW + dt.timedelta(days=days)
    lines = await told(aiohttp_client, knowledge, now=now)
    (line,) = [line for line in lines if line.startswith("Expires: ")]
    ahead = dt.datetime.fromisoformat(line.removeprefix("Expires: ")) - now
    assert dt.timedelta(days=90) < ahead < dt.timedelta(days=365)


@pytest.mark.parametrize(
    ("value", "good"),
    [
        ("mailto:cert@example.org", True),
        ("https://example.org/report?x=1", True),
        ("cert@example.org", False),
        ("http://example.org", False),
        ("mailto:nobody", False),
        ("https://u@example.org", False),
        ("https://example.org\nExpires: 2000-01-01T00:00:00Z", False),
    ],
)
def test_the_setting_is_an_address(monkeypatch: pytest.MonkeyPatch, value: str, good: bool) -> None:
    monkeypatch.setenv("BOT_SECURITY_CONTACT", value)
    if good:
        assert load_settings().security_contact == value
    else:
        with pytest.raises(SettingsError, match="BOT_SECURITY_CONTACT: must be an https URL"):
            load_settings()
