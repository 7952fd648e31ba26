"""Of which networks it was asked in vain, so that those who keep them can answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Adds the column; of what was asked before nothing is known."""
    op.add_column("unanswered", sa.Column("networks", sa.JSON))
