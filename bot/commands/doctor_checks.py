"""The checks of `taikubot doctor` that really do what the running bot would do.

Each opens what it checks (content, database, token, signing keys, Page) and changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp

from bot.announcements.permissions import check_coordinators, read_coordinators
from bot.announcements.sender import PostDelayed, PostRejected, TargetGone
from bot.answers.templates import check_templates
from bot.channels.connector import Credentials, CredentialsError, credential_opener
from bot.channels.connector.signing_keys import SigningKeys
from bot.channels.facebook_page import FacebookPage, page_target
from bot.knowledge.loader import inspect
from bot.ops.diagnosis import (
    TIMEOUT,
    Check,
    CheckResult,
    api,
    error,
    identity,
    names,
    note,
    public_address,
    right,
    user,
)
from bot.ops.settings import Settings
from bot.understanding.trained_model import is_trained


async def content(settings: Settings) -> AsyncIterator[CheckResult]:
    """Whether content and intents can be used, and whether they have been learned."""
    subject = "content"
    knowledge, findings = inspect(settings.content, settings.intents, False, [check_templates])
    errors = [one for one in findings if one.severity == "error"]
    if errors or knowledge is None:
        yield error(
            subject,
            f"{settings.content} and {settings.intents} hold {len(errors)} errors.",
            "`taikubot check` names each with its file and line.",
        )
        return
    yield right(
        subject,
        f"{len(knowledge.networks)} networks, {len(knowledge.people)} contact persons, "
        f"{len(knowledge.meetings)} meetings from {settings.content}",
    )
    if not is_trained(knowledge.fingerprint):
        yield note(
            subject,
            "The phrases have not been learned yet: the first start takes half a minute.",
            "`taikubot train` does it beforehand.",
        )


async def token(settings: Settings) -> AsyncIterator[CheckResult]:
    """Fetches a token to send with, as the running bot does."""
    if settings.app_id is None:
        return
    try:
        await Credentials(credential_opener(settings)).token()
    except CredentialsError as trouble:
        yield error("token", str(trouble), "Without it the bot hears but cannot answer.")
    else:
        yield right("token", f"Fetched from {settings.login_url}.")


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
        yield error("BOT_OPENID_METADATA_URL", problem, "Let the bot reach that address.")
    else:
        yield right("BOT_OPENID_METADATA_URL", f"Keys fetched from {settings.openid_metadata_url}.")


async def database(settings: Settings) -> AsyncIterator[CheckResult]:
    """Opens the database, as it is."""
    subject = "BOT_DATABASE_URL"
    # The other looks do without it, so it is loaded only here.
    from bot.store.database import Database
    from bot.store.upgrade import StoreError, check

    opened = Database(settings.database_url.get_secret_value())
    where = opened.url.render_as_string()
    path = None if opened.is_postgres else Path(opened.url.database or "")
    if path is not None and not path.exists():
        folder = next(parent for parent in path.parents if parent.exists())
        if os.access(folder, os.W_OK):
            yield note(subject, f"{path} will be made at the first start.")
        else:
            yield error(
                subject, f"{path} cannot be made.", f"Let the bot's user write to {folder}."
            )
        return
    try:
        await check(opened)
    except StoreError as trouble:
        yield error(subject, str(trouble), "`taikubot db upgrade` makes or renews the tables.")
    else:
        yield right(subject, f"{where} opens and has the tables of this version.")
    finally:
        await opened.close()


async def coordinators(settings: Settings) -> AsyncIterator[CheckResult]:
    """Who may announce."""
    subject, path = "BOT_COORDINATORS_FILE", settings.coordinators_file
    if path is None:
        yield note(
            subject,
            "Not set: nobody may announce in the chat.",
            "Write coordinators.yaml; `whoami` in the chat tells anybody their own id.",
        )
        return
    knowledge, _ = inspect(settings.content, settings.intents, False, [])
    findings = check_coordinators(path, knowledge) if knowledge is not None else []
    if findings:
        yield error(subject, "; ".join(str(one) for one in findings), "Mend the file.")
        return
    found, _ = read_coordinators(path)
    yield right(subject, f"{path} names {len(found.coordinators)}.")


async def page(settings: Settings) -> AsyncIterator[CheckResult]:
    """Whether the Page's token is good for the Page."""
    subject = "BOT_FACEBOOK_PAGE_TOKEN"
    target = page_target(settings)
    if target is None or settings.facebook_page_token is None:
        yield note(
            subject,
            "Not set: announcements are not posted to a Facebook Page.",
            "Set it with BOT_FACEBOOK_PAGE_ID, if the community has a Page.",
        )
        return
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        here = FacebookPage(
            settings.facebook_page_token, settings.facebook_graph_url, lambda: session
        )
        try:
            name = await here.name(target)
        except (TargetGone, PostRejected, PostDelayed) as trouble:
            yield error(subject, str(trouble), "Make a new Page token with `pages_manage_posts`.")
        else:
            yield right(subject, f"Good for the Page {name or target.remote_id}.")


CHECKS: tuple[Check, ...] = (
    names,
    user,
    content,
    identity,
    token,
    signing_keys,
    database,
    coordinators,
    public_address,
    api,
    page,
)
"""In the order in which an operator sets things up."""
