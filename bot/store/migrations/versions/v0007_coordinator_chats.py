"""The personal chats of coordinators, in which they are asked whether what is told is right."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Adds the table."""
    op.create_table(
        "coordinator_chat",
        sa.Column("actor", sa.String(64), primary_key=True),
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("service_url", sa.String(512), nullable=False),
        sa.Column("conversation", sa.String(512), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("asked_at", sa.Double),
    )
