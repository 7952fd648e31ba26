"""Doubts, suspensions, outages, pauses and the servers that run: nothing that is kept changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds columns, each with what holds for a row that is there already, and two tables."""
    for column in (
        sa.Column("paused_at", sa.Double, nullable=False, server_default="0"),
        sa.Column("suspended_at", sa.Double),
        sa.Column("gone_at", sa.Double),
        sa.Column("gone_days", sa.Integer, nullable=False, server_default="0"),
        sa.Column("gone_code", sa.String(64)),
        sa.Column("outage_since", sa.Double),
    ):
        op.add_column("conversation", column)
    for column in (
        sa.Column("claim", sa.Integer),
        sa.Column("leaving", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("doubts", sa.Integer, nullable=False, server_default="0"),
    ):
        op.add_column("delivery", column)
    for column in (
        sa.Column("paused_at", sa.Double, nullable=False, server_default="0"),
        sa.Column("outage_since", sa.Double),
        sa.Column("probe_at", sa.Double),
        sa.Column("probe_wait", sa.Double),
    ):
        op.add_column("rate", column)
    # What was under way in the program that ran before may have left.
    op.execute("UPDATE delivery SET leaving = true WHERE state = 'sending'")
    # A post without a known id cannot be reached.
    op.execute("UPDATE delivery SET doubts = 1 WHERE remote_id = ''")
    op.create_table(
        "pause",
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("since", sa.Double, nullable=False),
    )
    op.create_table(
        "replica",
        sa.Column("owner", sa.String(128), primary_key=True),
        sa.Column("seen_at", sa.Double, nullable=False),
    )
