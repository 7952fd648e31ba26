"""What coordinators enter of all kinds of content in one table, with its history; the meetings that
were entered before move into it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Adds two tables, moves the meetings into the first, and drops theirs."""
    op.create_table(
        "overlay",
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("body", sa.JSON),
        sa.Column("over", sa.JSON),
        sa.Column("change", sa.Integer, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
    )
    op.create_table(
        "overlay_change",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("by", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(64)),
        sa.Column("tenant", sa.String(64)),
        sa.Column("networks", sa.JSON, nullable=False),
        sa.Column("before", sa.JSON),
        sa.Column("after", sa.JSON),
    )
    for names in (["kind", "key"], ["at"], ["actor"]):
        op.create_index(f"ix_overlay_change_{'_'.join(names)}", "overlay_change", names)
    # As they stand there, so that nothing of them is read and written in another way.
    op.execute(
        "INSERT INTO overlay (kind, key, body, change, updated_at)"
        " SELECT 'meeting', key, body, 0, updated_at FROM meeting"
    )
    op.execute("UPDATE revision SET name = 'overlay' WHERE name = 'meetings'")
    op.drop_table("meeting")
