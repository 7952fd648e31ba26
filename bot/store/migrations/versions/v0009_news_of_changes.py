"""News of meetings that have changed: announcements that say what was before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Adds the column."""
    op.add_column("announcement", sa.Column("previous", sa.JSON(none_as_null=True)))
