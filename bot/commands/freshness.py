"""What the database knows of how fresh content is: for `check --age`."""

from __future__ import annotations

import asyncio
import datetime as dt

from bot.commands.shared import silence_log
from bot.i18n import N_
from bot.knowledge.library import Knowledge
from bot.knowledge.yaml_source import ContentError, Finding
from bot.ops.settings import Settings


def freshness(
    settings: Settings, knowledge: Knowledge, today: dt.date, days: int
) -> tuple[set[str], list[Finding]]:
    """The persons whose source was renewed in the chat within `days`, and a warning for each
    coordinator who cannot be asked. Nothing where the database cannot be read: then only the files
    count."""
    from bot.announcements.content_editing import read_entries
    from bot.knowledge.overlay import lay_over
    from bot.store import coordinator_chats
    from bot.store.database import DATABASE_GONE, Database
    from bot.store.upgrade import StoreError, check

    async def read() -> tuple[set[str], list[Finding]]:
        database = Database.of(settings)
        try:
            await check(database)
            laid = lay_over(knowledge, (await read_entries(database)).values()).knowledge
            async with database.reading() as tx:
                chats = {row.actor for row in await coordinator_chats.rows(tx)}
        except (StoreError, *DATABASE_GONE):
            return set(), []
        finally:
            await database.close()
        renewed = {
            key
            for key, person in laid.people.items()
            if key in knowledge.people
            and person.source != knowledge.people[key].source
            and person.source.date is not None
            and (today - person.source.date.last_day()).days <= days
        }
        return renewed, _not_asked(settings, chats)

    with silence_log():
        return asyncio.run(read())


def _not_asked(settings: Settings, chats: set[str]) -> list[Finding]:
    """A warning for each contact person of the coordinators' file who has no chat with the bot."""
    from bot.announcements.permissions import read_coordinators

    if settings.coordinators_file is None or not settings.ask_coordinators_months:
        return []
    try:
        found, document = read_coordinators(settings.coordinators_file)
    except ContentError:
        return []
    return [
        document.finding(
            ("coordinators", place, "person"),
            N_(
                "`{person}` has not written to the bot in a chat of their own in Teams, so nobody "
                "can be asked there whether what I tell is still right",
                person=one.person,
            ),
            "warning",
        )
        for place, one in enumerate(found.coordinators)
        if one.person is not None and one.id not in chats
    ]
