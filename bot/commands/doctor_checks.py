"""The checks of `taikubot doctor` that need the rooms above `ops`: content, database, channels."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from bot.announcements.permissions import check_coordinators, mounted_alone, read_coordinators
from bot.announcements.sender import PostDelayed, PostRejected, TargetGone
from bot.answers.templates import check_templates
from bot.channels.answer_body import read_up_to
from bot.channels.connector import Credentials, CredentialsError, credential_opener
from bot.channels.connector.signing_keys import SigningKeys
from bot.channels.facebook_page import FacebookPage, page_target
from bot.commands.doctor_closed import files, verified
from bot.commands.shared import known_zone
from bot.i18n import N_, Message, error_message, nN_, own_language
from bot.knowledge.loader import inspect
from bot.knowledge.texts import read_texts
from bot.knowledge.yaml_source import ContentError, Finding
from bot.ops.diagnosis import (
    TIMEOUT,
    Check,
    CheckResult,
    api,
    database_ca,
    error,
    identity,
    names,
    note,
    right,
    user,
    warning,
)
from bot.ops.mounts import is_mounted_alone
from bot.ops.settings import Settings
from bot.understanding.trained_model import is_trained

if TYPE_CHECKING:
    from bot.store.database import Database

MAX_HEALTH_BYTES = 1000
"""Bytes that are read of what `/healthz` answers: the bot's own answer has sixteen."""

_STARTS = N_("Until then the bot starts and answers questions, and nothing can be announced.")
_RUNS = N_("Until then the bot that runs answers questions, and nothing can be announced.")
_MAY_NOT_START = N_("Until then the bot may not start, and what is announced may be lost.")
_DOES_NOT_START = N_("Until then the bot does not start.")


async def content(settings: Settings) -> AsyncIterator[CheckResult]:
    """Whether content and intents can be used, and whether they have been learned."""
    subject = "content"
    knowledge, findings = inspect(settings.content, settings.intents, False, [check_templates])
    errors = [one for one in findings if one.severity == "error"]
    if errors or knowledge is None:
        yield error(
            subject,
            nN_(
                "{content} and {intents} hold {count} error.",
                "{content} and {intents} hold {count} errors.",
                len(errors),
                content=settings.content,
                intents=settings.intents,
            ),
            N_("`taikubot check` names each with its file and line."),
        )
        return
    yield right(
        subject,
        N_(
            "{networks}, {people}, {meetings} from {folder}",
            networks=nN_("{count} network", "{count} networks", len(knowledge.networks)),
            people=nN_("{count} contact person", "{count} contact persons", len(knowledge.people)),
            meetings=nN_("{count} meeting", "{count} meetings", len(knowledge.meetings)),
            folder=settings.content,
        ),
    )
    if not is_trained(knowledge.fingerprint):
        yield note(
            subject,
            N_("The phrases have not been learned yet: the first start takes half a minute."),
            N_("`taikubot train` does it beforehand."),
        )


async def texts(settings: Settings) -> AsyncIterator[CheckResult]:
    """Whether the texts of BOT_LOCALE_DIR can be used."""
    if settings.locale_dir is None:
        return
    try:
        found = read_texts(settings.locale_dir)
    except ContentError as trouble:
        yield error("BOT_LOCALE_DIR", _joined(trouble.findings), N_("Mend the file."))
    else:
        yield right(
            "BOT_LOCALE_DIR",
            N_(
                "{folder} holds texts in {languages}.",
                folder=settings.locale_dir,
                languages=sorted(found),
            ),
        )


async def token(settings: Settings) -> AsyncIterator[CheckResult]:
    """Fetches a token to send with, as the running bot does."""
    if settings.app_id is None:
        return
    try:
        await Credentials(credential_opener(settings)).token()
    except CredentialsError as trouble:
        yield error(
            "token", error_message(trouble), N_("Without it the bot hears but cannot answer.")
        )
    else:
        yield right("token", N_("Fetched from {url}.", url=settings.login_url))


async def signing_keys(settings: Settings) -> AsyncIterator[CheckResult]:
    """Fetches the keys that incoming tokens are checked with."""
    if settings.app_id is None:
        return
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        keys = SigningKeys(settings.openid_metadata_url, lambda: session)
        await keys.refresh()
        problem = keys.problem
        await keys.close()
    if problem:
        yield error("BOT_OPENID_METADATA_URL", problem, N_("Let the bot reach that address."))
    else:
        fetched = N_("Keys fetched from {url}.", url=settings.openid_metadata_url)
        yield right("BOT_OPENID_METADATA_URL", fetched)


async def database(settings: Settings) -> AsyncIterator[CheckResult]:
    """Opens the database as it is, and writes a row that it takes back."""
    subject = "BOT_DATABASE_URL"
    # The other checks do without the database's libraries.
    from bot.store.database import DATABASE_GONE, Database
    from bot.store.replicas import TRIAL_PATIENCE, try_to_write
    from bot.store.role import powerful_role, try_to_make_tables
    from bot.store.trouble import TRANSIENT, trouble
    from bot.store.upgrade import StoreError

    opened = Database.of(settings)
    where = opened.url.render_as_string()
    path = None if opened.is_postgres else Path(opened.url.database or "")
    if path is not None and not path.exists() and not _was_there(opened):
        folder = next(parent for parent in path.parents if parent.exists())
        if os.access(folder, os.W_OK):
            yield note(subject, N_("{path} will be made at the first start.", path=path))
        else:
            yield error(
                subject,
                N_("{path} cannot be made.", path=path),
                N_(
                    "Let the bot's user write to {folder}: until then the bot does not start.",
                    folder=folder,
                ),
            )
        return
    try:
        current = await _has_its_tables(opened)
        if opened.file is not None:
            await asyncio.to_thread(opened.file.verify)
        if current:
            await try_to_write(opened)
        else:
            await try_to_make_tables(opened, TRIAL_PATIENCE)
        powerful = None
        if opened.is_postgres:
            async with opened.reading() as tx:
                powerful = await powerful_role(tx)
    except StoreError as wrong:
        until_then = _STARTS if wrong.transient else _DOES_NOT_START
        yield error(subject, error_message(wrong), _until_then(opened, until_then))
    except (*DATABASE_GONE, sqlite3.Error) as wrong:
        found = trouble(opened, wrong, waited=True)
        until_then = _STARTS if found.kind in TRANSIENT else _MAY_NOT_START
        yield error(subject, found.text, _until_then(opened, until_then))
    else:
        if current:
            yield right(
                subject,
                N_(
                    "{url} opens, has the tables of this version and takes what is written.",
                    url=where,
                ),
            )
        else:
            yield note(
                subject,
                N_(
                    "{url} opens; the next start makes its tables, or brings them up to this "
                    "version.",
                    url=where,
                ),
                N_("`taikubot db upgrade` does it beforehand."),
            )
        if powerful is not None:
            yield warning(
                subject,
                N_(
                    "The role {role} may do more on that server than own its tables: whoever gets "
                    "its password can do all of that.",
                    role=powerful,
                ),
                N_(
                    "The administrator's guide makes a role that owns a schema and nothing else "
                    "(under PostgreSQL), and says how to move to it."
                ),
            )
    finally:
        await opened.close()


async def _has_its_tables(database: Database) -> bool:
    """Whether the tables are those of this version; None, or older ones, a start sees to itself."""
    from bot.store.upgrade import SchemaMissing, check

    try:
        await check(database)
    except SchemaMissing:
        return False
    return True


def _until_then(database: Database, otherwise: Message) -> Message:
    """What works until an error of the database is mended."""
    file = database.file
    if file is None:
        return otherwise
    if file.is_served():
        return _RUNS
    lock = file.lock_path
    lockable = os.access(lock if lock.exists() else lock.parent, os.W_OK)
    return otherwise if lockable else _DOES_NOT_START


def _was_there(database: Database) -> bool:
    return database.file is not None and database.file.lock_path.exists()


async def sending(settings: Settings) -> AsyncIterator[CheckResult]:
    """Whether somebody has paused all sending, and forgotten it."""
    from bot.announcements.pausing import pause_text
    from bot.store import pauses
    from bot.store.database import DATABASE_GONE, Database
    from bot.store.upgrade import StoreError, check

    opened = Database.of(settings)
    try:
        await check(opened)
        async with opened.reading() as tx:
            found = await pauses.listing(tx)
    except (StoreError, *DATABASE_GONE):
        return  # The check of the database tells.
    finally:
        await opened.close()
    zone = known_zone(settings) if found else None
    for one in found:
        remedy = N_("`taikubot resume` lets it go on, for one tenant with `--tenant`.")
        yield warning("taikubot pause", pause_text(one, zone, own_language()), remedy)


async def coordinators(settings: Settings) -> AsyncIterator[CheckResult]:
    """Who may announce."""
    subject, path = "BOT_COORDINATORS_FILE", settings.coordinators_file
    if path is None:
        yield note(
            subject,
            N_("Not set: nobody may announce in the chat."),
            N_("Write coordinators.yaml; `whoami` in the chat tells anybody their own id."),
        )
        return
    if is_mounted_alone(path):
        remedy = N_("Until then the bot must be started anew after each change of the file.")
        yield warning(subject, mounted_alone(path), remedy)
    knowledge, _ = inspect(settings.content, settings.intents, False, [])
    findings = check_coordinators(path, knowledge) if knowledge is not None else []
    if any(one.severity == "error" for one in findings):
        yield error(subject, _joined(findings), N_("Until then nobody may announce in the chat."))
        return
    if findings:
        remedy = N_("Write the keys of networks that exist; the file's other networks hold.")
        yield warning(subject, _joined(findings), remedy)
    found, _ = read_coordinators(path)
    number = len(found.coordinators)
    if not number:
        yield note(
            subject,
            N_("{path} names nobody: nobody may announce in the chat.", path=path),
            N_("`whoami` in the chat tells anybody their own id, which goes into that file."),
        )
        return
    if nameless := sum(one.name is None for one in found.coordinators):
        text = N_(
            "{path} names {number}; {nameless} without a `name`, so that reports show an id.",
            path=path,
            number=number,
            nameless=nameless,
        )
        yield right(subject, text)
        return
    yield right(subject, N_("{path} names {number}.", path=path, number=number))


def _joined(findings: Sequence[Finding]) -> Message:
    """Several findings as one text."""
    places = "; ".join(f"{{place{at}}}: {{message{at}}}" for at in range(len(findings)))
    values: dict[str, object] = {}
    for at, one in enumerate(findings):
        values[f"place{at}"] = f"{one.path}:{one.line}: {one.severity}"
        values[f"message{at}"] = one.message
    return Message(places, values)


async def public_address(settings: Settings) -> AsyncIterator[CheckResult]:
    """Whether the bot answers at its public address."""
    subject, url = "BOT_PUBLIC_URL", settings.public_url
    if url is None:
        yield note(
            subject,
            N_("Not set: answers and announcements have no calendar links."),
            N_("Set it to the https address that leads to this bot."),
        )
        return
    try:
        async with (
            aiohttp.ClientSession(timeout=TIMEOUT) as session,
            session.get(f"{url}/healthz", allow_redirects=False) as answer,
        ):
            body, whole = await read_up_to(answer.content, MAX_HEALTH_BYTES)
            good = whole and answer.status == 200 and json.loads(body).get("status") == "ok"
            reason = N_(
                "{url} answers {status}, not as this bot does.",
                url=f"{url}/healthz",
                status=answer.status,
            )
    except (aiohttp.ClientError, TimeoutError, ValueError, AttributeError) as trouble:
        good = False
        reason = N_(
            "{url} cannot be reached ({error}).",
            url=f"{url}/healthz",
            error=type(trouble).__name__,
        )
    if good:
        yield right(subject, N_("{url} leads to a running bot.", url=url))
    else:
        yield warning(
            subject,
            reason,
            N_("Start the bot, and check the name, the certificate and the proxy."),
        )


async def page(settings: Settings) -> AsyncIterator[CheckResult]:
    """Whether the Page's token is good for the Page."""
    subject = "BOT_FACEBOOK_PAGE_TOKEN"
    target = page_target(settings)
    if target is None or settings.facebook_page_token is None:
        yield note(
            subject,
            N_("Not set: announcements are not posted to a Facebook Page."),
            N_("Set it with BOT_FACEBOOK_PAGE_ID, if the community has a Page."),
        )
        return
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        here = FacebookPage(
            settings.facebook_page_token, settings.facebook_graph_url, lambda: session
        )
        try:
            name = await here.name(target)
        except (TargetGone, PostRejected, PostDelayed) as trouble:
            yield error(
                subject,
                error_message(trouble),
                N_("Make a new Page token with `pages_manage_posts`."),
            )
        else:
            yield right(subject, N_("Good for the Page {page}.", page=name or target.remote_id))


CHECKS: tuple[Check, ...] = (
    names,
    user,
    content,
    texts,
    identity,
    token,
    signing_keys,
    database,
    database_ca,
    verified,
    files,
    sending,
    coordinators,
    public_address,
    api,
    page,
)
"""In the order in which an operator sets things up."""
