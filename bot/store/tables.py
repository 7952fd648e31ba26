"""The tables.

Instants are seconds since 1970 in UTC, as a double: both databases order and add them alike. No
table holds a name or a message of a member; `docs/privacy.md` says what is kept for how long. Names
and contact details of contact persons stand in `overlay` and its history alone.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

conversation = Table(
    "conversation",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("channel", String(32), nullable=False),  # msteams, facebook-page
    Column("kind", String(16), nullable=False),  # channel, group, personal, page
    Column("remote_id", String(512), nullable=False),  # a channel's id without `;messageid=`
    Column("tenant", String(64), nullable=False, server_default=""),
    Column("team", String(512)),
    Column("service_url", String(512), nullable=False),
    Column("bot_id", String(256)),
    Column("locale", String(16)),
    # The rate of posts to it (GCRA): when the next one would be due were they evenly spread, and
    # before when none may go because its channel asked for a pause, with when that was asked.
    Column("next_post", Double, nullable=False, server_default="0"),
    Column("not_before", Double, nullable=False, server_default="0"),
    Column("paused_at", Double, nullable=False, server_default="0"),
    # It answered that the bot is not there: since when it counts as unreachable, the last such
    # answer, on how many days there was one, and the channel's code for it.
    Column("suspended_at", Double),
    Column("gone_at", Double),
    Column("gone_days", Integer, nullable=False, server_default="0"),
    Column("gone_code", String(64)),
    # Since when it waits because many of its tenant answer so: the channel is taken for disturbed.
    Column("outage_since", Double),
    Column("created_at", Double, nullable=False),
    UniqueConstraint("channel", "remote_id"),
)

follow = Table(
    "follow",
    metadata,
    Column(
        "conversation_id",
        Integer,
        ForeignKey("conversation.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("network", String(64), primary_key=True),  # a network's key, or * for all
    Column("created_at", Double, nullable=False),
    Index(None, "network"),
)

overlay = Table(
    # What coordinators entered: it lies over the files in content/, or adds to them.
    "overlay",
    metadata,
    Column("kind", String(16), primary_key=True),  # network, person, meeting
    Column("key", String(64), primary_key=True),
    # The fields that it sets, as in a file, null for what it takes out; None: all of it is out.
    Column("body", JSON(none_as_null=True)),
    Column("over", JSON(none_as_null=True)),  # what the file said there; None: there was no file
    Column("change", Integer, nullable=False),  # its newest change; 0 for one from before these
    Column("updated_at", Double, nullable=False),
)

overlay_change = Table(
    # Its history. Rows are added, blanked for who asks to be forgotten, and purged; no more.
    "overlay_change",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("key", String(64), nullable=False),
    Column("at", Double, nullable=False),
    Column("action", String(32), nullable=False),  # as in `record`
    Column("by", String(16), nullable=False),
    Column("actor", String(64)),  # Entra object id of a coordinator; None once forgotten
    Column("tenant", String(64)),
    Column("networks", JSON, nullable=False),
    # `body` and `over` of the row, before and after; None: there was no row.
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    Index(None, "kind", "key"),
    Index(None, "at"),
    Index(None, "actor"),
)

coordinator_chat = Table(
    # Where coordinators who are contact persons are asked whether what is told is still right.
    "coordinator_chat",
    metadata,
    Column("actor", String(64), primary_key=True),  # Entra object id
    Column("tenant", String(64), primary_key=True),
    Column("service_url", String(512), nullable=False),
    Column("conversation", String(512), nullable=False),
    Column("language", String(2), nullable=False),
    Column("asked_at", Double),
)

announcement = Table(
    "announcement",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("parent", String(36), ForeignKey("announcement.id", ondelete="CASCADE")),  # a reminder's
    Column("state", String(16), nullable=False),
    Column("reason", String(32)),  # why it failed or was cancelled, where nobody asked for it
    Column("version", Integer, nullable=False),  # of what is posted; every change adds 1
    Column("networks", JSON, nullable=False),
    Column("occurrence", String(80)),  # key@2026-12-10, None for a free one
    Column("meeting_key", String(80)),  # the part of it before the day
    # When its meeting ends: as posted, or as found since, whichever is later.
    Column("meeting_until", Double),
    Column("title", JSON, nullable=False),
    Column("text", JSON, nullable=False),
    Column("note", JSON, nullable=False),
    Column("facts", JSON, nullable=False),  # the meeting as it was when last posted
    Column("previous", JSON(none_as_null=True)),  # of news of a change: as it was posted before
    Column("send_at", Double),
    Column("reminders", JSON, nullable=False),  # asked for: ["1d", "1h"]
    Column("reminder", String(2)),  # of a reminder: which one it is
    Column("author", String(64)),  # Entra object id of the coordinator; None for the API
    Column("tenant", String(64)),
    # Its author asked to be forgotten while the right to send it still hung on the id.
    Column("forget_author", Boolean, nullable=False, server_default=false()),
    # Where its progress card is: service_url, conversation, activity, language; and under `acting`
    # the same of who acted on it last and is not its author.
    Column("progress", JSON(none_as_null=True)),
    Column("told", String(64)),  # hash of the meeting's change that the coordinator was told of
    Column("idempotency_key", String(200), unique=True),
    Column("request_hash", String(64)),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("finished_at", Double),
    Index(None, "state", "send_at"),
    Index(None, "state", "meeting_until"),
    Index(None, "occurrence"),
    Index(None, "meeting_key"),
    Index(None, "parent"),
    Index(None, "created_at"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column(
        "announcement_id",
        String(36),
        ForeignKey("announcement.id", ondelete="CASCADE"),
        nullable=False,
    ),
    # None once the conversation has been forgotten; its kind and network stay for the report.
    Column("conversation_id", Integer, ForeignKey("conversation.id", ondelete="SET NULL")),
    Column("tenant", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("network", String(64), nullable=False),  # the one through which it was found, or *
    Column("task", String(8), nullable=False),  # post, update, delete
    Column("state", String(16), nullable=False),  # pending, sending, or an outcome
    Column("attempts", Integer, nullable=False),
    Column("first_attempt", Double),
    Column("due", Double, nullable=False),
    Column("lease_until", Double),
    Column("owner", String(128)),
    Column("claim", Integer),  # which claim of that owner
    # Whether its post may have left: a row that is found so after a crash is in doubt.
    Column("leaving", Boolean, nullable=False, server_default=false()),
    # How many copies may stand whose id is unknown.
    Column("doubts", Integer, nullable=False, server_default="0"),
    Column("posted_version", Integer),
    Column("remote_id", String(512)),
    Column("remote_conversation", String(512)),
    Column("error", String(300)),
    Column("updated_at", Double, nullable=False),
    # In this order, so that a conversation that is forgotten finds its rows by it too.
    UniqueConstraint("conversation_id", "announcement_id"),
    Index(None, "state", "tenant", "due"),
    Index(None, "announcement_id", "state"),
)

rate = Table(
    "rate",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("next_post", Double, nullable=False),
    Column("not_before", Double, nullable=False),
    Column("paused_at", Double, nullable=False, server_default="0"),
    # While many of its conversations answer as gone: since when, when one of them is tried next,
    # and how many seconds lie between two tries.
    Column("outage_since", Double),
    Column("probe_at", Double),
    Column("probe_wait", Double),
)

pause = Table(
    "pause",
    metadata,
    Column("tenant", String(64), primary_key=True),  # or * for all
    Column("since", Double, nullable=False),
)

replica = Table(
    "replica",
    metadata,
    Column("owner", String(128), primary_key=True),  # one run of one server
    Column("seen_at", Double, nullable=False),
)

record = Table(
    # Who did what. Rows are added, blanked for who asks to be forgotten, and purged; no more.
    "record",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False),
    Column("action", String(32), nullable=False),
    Column("by", String(16), nullable=False),  # coordinator, api, command, bot
    Column("actor", String(64)),  # Entra object id of a coordinator; None once forgotten
    Column("tenant", String(64)),  # the coordinator's
    # An announcement's id, a meeting's key (with the day where it is one of a series), the kind of
    # a conversation, or the tenant of a pause.
    Column("subject", String(80), nullable=False),
    Column("networks", JSON, nullable=False),
    Index(None, "at"),
    Index(None, "subject"),
    Index(None, "actor"),
)

revision = Table(
    "revision",
    metadata,
    Column("name", String(32), primary_key=True),  # overlay
    Column("value", Integer, nullable=False),
)

talk = Table(
    # What a conversation was about, where several replicas answer it; nothing anybody wrote.
    "talk",
    metadata,
    Column("key", String(64), primary_key=True),  # a keyed hash of the conversation's id
    Column("content", Text, nullable=False),  # JSON: keys of the content
    Column("expires_at", Double, nullable=False, index=True),
)

unanswered = Table(
    "unanswered",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("text", Text, nullable=False),  # masked: no names, numbers, addresses
    Column("language", String(2), nullable=False),
    Column("day", String(10), nullable=False, index=True),
    Column("networks", JSON(none_as_null=True)),  # keys of those named; null: not looked at
)
