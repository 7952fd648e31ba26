"""The tables of the first version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes them."""
    op.create_table(
        "announcement",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("parent", sa.String(length=36)),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("networks", sa.JSON(), nullable=False),
        sa.Column("occurrence", sa.String(length=80)),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("note", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("send_at", sa.Double()),
        sa.Column("local_time", sa.String(length=32)),
        sa.Column("reminders", sa.JSON(), nullable=False),
        sa.Column("reminder", sa.String(length=2)),
        sa.Column("author", sa.String(length=64)),
        sa.Column("tenant", sa.String(length=64)),
        sa.Column("progress", sa.JSON(none_as_null=True)),
        sa.Column("told", sa.String(length=64)),
        sa.Column("idempotency_key", sa.String(length=200)),
        sa.Column("request_hash", sa.String(length=64)),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("finished_at", sa.Double()),
        sa.ForeignKeyConstraint(
            ["parent"], ["announcement.id"], name=op.f("fk_announcement_parent"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_announcement_idempotency_key")),
    )
    op.create_index(op.f("ix_announcement_occurrence"), "announcement", ["occurrence"])
    op.create_index(op.f("ix_announcement_state_send_at"), "announcement", ["state", "send_at"])
    op.create_table(
        "conversation",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("remote_id", sa.String(length=512), nullable=False),
        sa.Column("tenant", sa.String(length=64), server_default="", nullable=False),
        sa.Column("team", sa.String(length=512)),
        sa.Column("service_url", sa.String(length=512), nullable=False),
        sa.Column("bot_id", sa.String(length=256)),
        sa.Column("locale", sa.String(length=16)),
        sa.Column("next_post", sa.Double(), server_default="0", nullable=False),
        sa.Column("not_before", sa.Double(), server_default="0", nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("channel", "remote_id", name=op.f("uq_conversation_channel_remote_id")),
    )
    op.create_table(
        "meeting",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meeting")),
    )
    op.create_table(
        "rate",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("next_post", sa.Double(), nullable=False),
        sa.Column("not_before", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_rate")),
    )
    op.create_table(
        "revision",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_revision")),
    )
    op.create_table(
        "unanswered",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unanswered")),
    )
    op.create_index(op.f("ix_unanswered_day"), "unanswered", ["day"])
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("announcement_id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.Integer()),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("task", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_attempt", sa.Double()),
        sa.Column("due", sa.Double(), nullable=False),
        sa.Column("lease_until", sa.Double()),
        sa.Column("owner", sa.String(length=128)),
        sa.Column("posted_version", sa.Integer()),
        sa.Column("remote_id", sa.String(length=512)),
        sa.Column("remote_conversation", sa.String(length=512)),
        sa.Column("error", sa.String(length=300)),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_delivery_announcement_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_delivery_conversation_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "conversation_id",
            "announcement_id",
            name=op.f("uq_delivery_conversation_id_announcement_id"),
        ),
    )
    op.create_index(
        op.f("ix_delivery_announcement_id_state"), "delivery", ["announcement_id", "state"]
    )
    op.create_index(op.f("ix_delivery_state_tenant_due"), "delivery", ["state", "tenant", "due"])
    op.create_table(
        "follow",
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_follow_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", "network", name=op.f("pk_follow")),
    )
    op.create_index(op.f("ix_follow_network"), "follow", ["network"])
