"""The time of sending is kept once, as an instant: nothing read how clocks show it."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Drops the column."""
    op.drop_column("announcement", "local_time")
