"""The record of who did what; when a meeting ends, by which an announcement of it is found; indexes
for what is looked up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_BATCH = 500

_SLACK = dt.timedelta(hours=14)
"""The community's time zone stands in its content, so the latest that any clock shows is taken."""


def upgrade() -> None:
    """Adds a table, columns and indexes; fills in when the meetings of old announcements end."""
    op.create_table(
        "record",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("by", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(64)),
        sa.Column("tenant", sa.String(64)),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("networks", sa.JSON, nullable=False),
    )
    for name in ("at", "subject", "actor"):
        op.create_index(f"ix_record_{name}", "record", [name])
    for column in (
        sa.Column("meeting_key", sa.String(80)),
        sa.Column("meeting_until", sa.Double),
        sa.Column("forget_author", sa.Boolean, nullable=False, server_default=sa.false()),
    ):
        op.add_column("announcement", column)
    _fill_in()
    for names in (["meeting_key"], ["parent"], ["created_at"], ["state", "meeting_until"]):
        op.create_index(f"ix_announcement_{'_'.join(names)}", "announcement", names)


def _fill_in() -> None:
    announcement = sa.table(
        "announcement",
        sa.column("id", sa.String),
        sa.column("occurrence", sa.String),
        sa.column("facts", sa.JSON),
        sa.column("meeting_key", sa.String),
        sa.column("meeting_until", sa.Double),
    )
    connection = op.get_bind()
    last = ""
    while True:
        # Some at a time: all of them at once would fill the memory.
        some = connection.execute(
            sa.select(announcement.c.id, announcement.c.occurrence, announcement.c.facts)
            .where(announcement.c.occurrence.is_not(None), announcement.c.id > last)
            .order_by(announcement.c.id)
            .limit(_BATCH)
        ).all()
        if not some:
            return
        last = some[-1].id
        connection.execute(
            sa.update(announcement)
            .where(announcement.c.id == sa.bindparam("row"))
            .values(meeting_key=sa.bindparam("key"), meeting_until=sa.bindparam("until")),
            [
                {
                    "row": row.id,
                    "key": row.occurrence.partition("@")[0],
                    "until": _until(row.occurrence, row.facts),
                }
                for row in some
            ],
        )


def _until(occurrence: str, facts: Any) -> float | None:
    """When the meeting ends at the latest, as far as the row tells."""
    try:
        end = _end(facts["day"], facts["meeting"])
    except (KeyError, TypeError, ValueError, AttributeError):
        try:
            day = dt.date.fromisoformat(occurrence.partition("@")[2])
        except ValueError:
            return None
        end = dt.datetime.combine(day, dt.time()) + dt.timedelta(days=2)
    return (end.replace(tzinfo=dt.UTC) + _SLACK).timestamp()


def _end(day: str, meeting: Mapping[str, Any]) -> dt.datetime:
    """The wall-clock time at which the meeting ends on a day of its series, or the only one."""
    start, end = (dt.datetime.fromisoformat(meeting[name]) for name in ("start", "end"))
    recurrence = meeting.get("recurrence")
    if not recurrence:
        return end
    moved = recurrence.get("moved", {}).get(day)
    if moved:
        return dt.datetime.fromisoformat(moved["end"])
    on = dt.datetime.combine(dt.date.fromisoformat(day), start.time())
    return on + (end - start)
