"""No object that holds a secret shows it."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import aiohttp
import pytest
from pydantic import SecretStr

from bot.channels.api import Api
from bot.channels.connector import Connector, ConnectorClient, Credentials
from bot.channels.facebook_page import FacebookPage
from bot.ops.settings import Settings
from bot.store.database import Database

SECRET = "Planted-anywhere~7f3b91c2d4e5"


def _settings() -> Settings:
    return Settings(
        app_id="1",
        app_tenant_id="2",
        app_password=SecretStr(SECRET),
        api_token=SecretStr(SECRET),
        facebook_page_id="3",
        facebook_page_token=SecretStr(SECRET),
        database_url=SecretStr(f"postgresql+asyncpg://u:{SECRET}@h/d?password={SECRET}"),
    )


async def _objects() -> Iterator[Any]:
    settings = _settings()
    credentials = Credentials(Mock())
    credentials._token = SECRET
    session = aiohttp.ClientSession()
    page = SecretStr(SECRET)
    database = Database(settings.database_url.get_secret_value())
    found = [
        settings,
        credentials,
        ConnectorClient(credentials, lambda: session),
        Connector(settings, Mock(), Mock()),
        FacebookPage(page, "https://graph.example", lambda: session),
        Api(Mock(), SecretStr(SECRET), None),
        database,
    ]
    await session.close()
    await database.close()
    return iter(found)


async def test_no_repr_shows_a_secret() -> None:
    for one in await _objects():
        for shown in (repr(one), str(one), f"{one}", ascii(one), repr([one])):
            assert SECRET not in shown, type(one)


def test_settings_show_no_secret_in_json_or_an_error() -> None:
    settings = _settings()
    assert SECRET not in settings.model_dump_json()
    assert SECRET not in str(settings.model_dump())
    with pytest.raises(Exception, match="frozen") as caught:
        settings.app_password = SecretStr(SECRET)  # type: ignore[misc]
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert pickle.loads(pickle.dumps(settings)) == settings
