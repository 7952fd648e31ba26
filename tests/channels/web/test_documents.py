"""The page and its files: headers, caching, and nothing that comes from elsewhere."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.web import WebChat
from bot.channels.web.documents import FOLDER
from bot.channels.web.page_texts import TEXTS, texts_script
from bot.i18n import install
from bot.knowledge.library import Knowledge
from bot.knowledge.texts import read_texts
from bot.knowledge.values import LANGUAGES

from ..turning import Script
from .conftest import Room
from .scripted import ANSWER, HOSTILE, page_app

ROOT = Path(__file__).parents[3]
PATHS = [
    *(
        "/",
        "/accessibility",
        "/static/chat.js",
        "/static/texts.js",
        "/static/chat.css",
        "/static/icon.svg",
    ),
    "/api/chat",
]
FILES = [
    FOLDER / "page.html",
    FOLDER / "accessibility.html",
    *sorted((FOLDER / "static").iterdir()),
]


@pytest.mark.parametrize("path", [*PATHS, "/static/nothing.js"])
async def test_every_answer_has_the_security_headers(room: Room, path: str) -> None:
    headers = (await room.client.get(path)).headers
    policy = dict(
        part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";")
    )
    assert policy.pop("trusted-types") == "'none'"
    assert policy.pop("require-trusted-types-for") == "'script'"
    for none in ("default-src", "base-uri", "form-action", "frame-ancestors"):
        assert policy.pop(none) == "'none'"
    assert set(policy) == {"script-src", "style-src", "img-src", "connect-src"}
    assert set(policy.values()) == {"'self'"}
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers
    assert "Set-Cookie" not in headers


async def test_refusals_have_them_too(room: Room) -> None:
    refused = [await room.post({}), await room.post({"text": "a"}, Origin="https://evil.example")]
    refused.append(await room.client.get("/", headers={"Host": "evil.example"}))
    for response in refused:
        assert response.status >= 400
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", PATHS[:-1])
async def test_a_browser_that_has_it_gets_no_second_copy(room: Room, path: str) -> None:
    first = await room.client.get(path)
    assert first.status == 200
    assert first.headers["Cache-Control"] == "no-cache"
    tag = first.headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await room.client.get(path, headers={"If-None-Match": known})
        assert again.status == 304
        assert again.headers["ETag"] == tag
        assert await again.read() == b""
    other = await room.client.get(path, headers={"If-None-Match": '"other"'})
    assert await other.read() == await first.read()
    head = await room.client.head(path)
    assert head.headers["ETag"] == tag


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/static/chat.js", "text/javascript"),
        ("/static/texts.js", "text/javascript"),
        ("/static/chat.css", "text/css"),
    ],
)
async def test_content_types(room: Room, path: str, kind: str) -> None:
    response = await room.client.get(path)
    assert response.headers["Content-Type"] == f"{kind}; charset=utf-8"


@pytest.mark.parametrize(
    "name", ["page.html", "..%2fpage.html", "%2e%2e/chat.py", "chat.py", "%00", "nothing.js"]
)
async def test_nothing_else_is_served(room: Room, name: str) -> None:
    assert (await room.client.get(f"/static/{name}")).status == 404


async def test_names_come_from_the_content_as_text(knowledge: Knowledge) -> None:
    name = knowledge.community.name.model_copy(update={"fi": f'"{HOSTILE}', "en": "$bot"})
    community = knowledge.community.model_copy(update={"bot_name": "Puhuri & <co>", "name": name})
    other = replace(knowledge, community=community)
    async with TestClient(TestServer(page_app(WebChat(Script(ANSWER), lambda: other)))) as client:
        page = await (await client.get("/")).text()
    assert "<h1>Puhuri &amp; &lt;co&gt;</h1>" in page
    assert "<img src=x" not in page
    assert page.count("<script") == 1
    assert 'data-en="$bot"' in page


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_nothing_is_loaded_from_another_host(file: Path) -> None:
    text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|src=\"//|url\(|@import", text)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_markup_is_made_of_texts(file: Path) -> None:
    text = file.read_text("utf-8")
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function"
    assert not re.search(forbidden + r"|localStorage|cookie|\bstyle=|\son\w+=", text)


def test_one_module_keeps_something_in_the_browser() -> None:
    assert [file.name for file in FILES if "sessionStorage" in file.read_text("utf-8")] == [
        "keeping.js"
    ]


async def script(room: Room) -> str:
    """The module that holds the page's texts."""
    return await (await room.client.get("/static/texts.js")).text()


async def test_the_page_has_its_texts_in_each_language(room: Room) -> None:
    head, tail = (await script(room)).split("\n", 1)
    assert head == 'export const LANGUAGES = ["fi", "sv", "en"];'
    texts = json.loads(tail.partition("export const TEXTS = ")[2].rstrip().removesuffix(";"))
    assert list(texts) == list(LANGUAGES)
    assert all(set(said) == set(TEXTS) for said in texts.values())
    assert texts["sv"]["disclosure"] == "Taikubot är en bot, inte en människa, och kan ta fel."
    assert [said["send"] for said in texts.values()] == ["Lähetä", "Skicka", "Send"]
    used = "".join(file.read_text("utf-8") for file in FILES)
    for key in TEXTS:
        assert f'"{key}"' in used


async def test_the_page_names_its_languages_and_says_in_each_what_it_needs(room: Room) -> None:
    page = await (await room.client.get("/")).text()
    for line in (
        '<button type="button" lang="fi" value="fi">FI<span class="unseen"> – Suomi</span>',
        '<button type="button" lang="sv" value="sv">SV<span class="unseen"> – Svenska</span>',
        '<button type="button" lang="en" value="en">EN<span class="unseen"> – English</span>',
        '<p lang="fi">Tämä sivu tarvitsee JavaScriptin.</p>',
        '<p lang="sv">Den här sidan behöver JavaScript.</p>',
        '<p lang="en">This page needs JavaScript.</p>',
    ):
        assert line in page
    assert "$" not in page


async def test_a_corrected_text_reaches_a_browser_that_had_the_old_one(
    room: Room, tmp_path: Path
) -> None:
    known = (await room.client.get("/static/texts.js")).headers["ETag"]
    shutil.copytree(ROOT / "locale", tmp_path, dirs_exist_ok=True)
    path = tmp_path / "sv.po"
    path.write_text(path.read_text("utf-8").replace('"Skicka"', '"Sänd"'), "utf-8")
    install(read_texts(tmp_path))
    try:
        again = await room.client.get("/static/texts.js", headers={"If-None-Match": known})
        assert again.status == 200
        assert '"send": "S\\u00e4nd"' in await again.text()
    finally:
        install(read_texts(ROOT / "locale"))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_accessibility_of_the_page_is_told_in_each_language(
    room: Room, language: str
) -> None:
    asked = await room.client.get("/accessibility", params={"language": language})
    wished = await room.client.get("/accessibility", headers={"Accept-Language": language})
    text = await asked.text()
    assert asked.status == 200
    assert text == await wished.text()
    assert f'<html lang="{language}">' in text
    assert "WCAG 2.2" in text
    assert "$" not in text
    assert (await room.client.get("/accessibility", params={"language": "de"})).status == 400


async def test_the_accessibility_page_shows_names_as_text(knowledge: Knowledge) -> None:
    name = knowledge.community.contact_point.name.model_copy(update={"en": HOSTILE})
    contact = knowledge.community.contact_point.model_copy(
        update={"name": name, "email": "help@example.org"}
    )
    community = knowledge.community.model_copy(
        update={"contact_point": contact, "bot_name": HOSTILE}
    )
    other = replace(knowledge, community=community)
    async with TestClient(TestServer(page_app(WebChat(Script(ANSWER), lambda: other)))) as client:
        page = await (await client.get("/accessibility", params={"language": "en"})).text()
    assert "<script" not in page
    assert "<img src=x" not in page
    assert '<a href="mailto:help@example.org">help@example.org</a>' in page
    assert f'<a href="{contact.url}">' in page


async def test_without_an_intent_about_privacy_there_is_no_link_to_it(knowledge: Knowledge) -> None:
    intents = {key: one for key, one in knowledge.intents.items() if key != "privacy"}
    script = texts_script(replace(knowledge, intents=intents))
    assert script.count('"privacyQuestion": null') == len(LANGUAGES)
    assert '"privacyQuestion": null' not in texts_script(knowledge)
