"""What an operator is reminded of while the bot runs."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.ops.settings import Settings
from bot.ops.settings_warnings import DAY, log_daily, warnings


def _settings(expires: dt.date) -> Settings:
    return Settings(
        app_id="a",
        app_tenant_id="t",
        app_password=SecretStr("s3cret"),
        app_password_expires=expires,
    )


def test_what_works_and_may_not_be_meant_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_APPID", "1")
    monkeypatch.setenv("BOT_XYZ", "1")
    found = warnings(_settings(dt.date(2027, 1, 1)), dt.date(2026, 12, 25))
    assert found == [
        "The client secret expires on 2027-01-01, in 7 days: make a new one in Entra and set "
        "BOT_APP_PASSWORD anew.",
        "BOT_APPID is no setting: is BOT_APP_ID meant?",
        "BOT_XYZ is no setting.",
    ]
    assert "s3cret" not in str(found)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (-2, "Klienthemligheten gick ut 2026-12-23: "),
        (0, "Klienthemligheten går ut i dag: "),
        (1, "Klienthemligheten går ut i morgon: "),
        (30, "Klienthemligheten går ut 2027-01-24, om 30 dagar: "),
    ],
)
def test_the_last_days_of_a_secret_are_told_in_each_language(days: int, said: str) -> None:
    today = dt.date(2026, 12, 25)
    [warning] = warnings(_settings(today + dt.timedelta(days=days)), today)
    assert warning.said("sv").startswith(said)
    assert not warnings(_settings(today + dt.timedelta(days=31)), today)


async def test_the_log_speaks_the_language_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    async def sleep(_: float) -> None:
        raise asyncio.CancelledError

    monkeypatch.setenv("LANG", "fi_FI.UTF-8")
    settings = _settings(dt.date(2027, 1, 1))
    with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        await log_daily(lambda: warnings(settings, dt.date(2026, 12, 31)), sleep)
    assert [entry["event"] for entry in logs] == ["settings.warning"]
    assert logs[0]["warning"].startswith("Sovelluksen salaisuus vanhenee huomenna: ")


async def test_it_is_said_at_the_start_and_each_day() -> None:
    """The clock of this test goes a day at each sleep, and stops after the fourth."""
    today = dt.date(2026, 11, 30)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal today
        slept.append(seconds)
        today += dt.timedelta(days=1)
        if len(slept) == 4:
            raise asyncio.CancelledError

    settings = _settings(dt.date(2027, 1, 1))
    with capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        await log_daily(lambda: warnings(settings, today), sleep)
    assert slept == [DAY] * 4
    days = [entry["warning"].split(", in ")[1].split(":")[0] for entry in logs]
    assert days == ["30 days", "29 days"]
    assert {entry["log_level"] for entry in logs} == {"warning"}
