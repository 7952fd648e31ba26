"""The Prometheus metrics of `GET /metrics`: numbers only, no texts and no names of people."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

REGISTRY = CollectorRegistry()
"""Not the default registry, to which libraries may add metrics of their own."""

ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

TURNS = Counter(
    "taikubot_turns",
    "Messages and pressed buttons; outcome is answered, unsure (a guess was offered or nothing), "
    "refused (a button did not do what it is for) or failed.",
    ["channel", "intent", "language", "outcome"],
    registry=REGISTRY,
)
TURN_SECONDS = Histogram(
    "taikubot_turn_seconds",
    "Time from receiving a message or a pressed button to sending its answer, in seconds.",
    ["channel"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
REFUSED = Counter(
    "taikubot_requests_refused",
    "Requests refused, by the rule that refused them.",
    ["channel", "rule"],
    registry=REGISTRY,
)
RELOADS = Counter(
    "taikubot_content_reloads",
    "Reloads of changed content, intents or texts; outcome is live, invalid, or not_learned where "
    "learning failed.",
    ["outcome"],
    registry=REGISTRY,
)
CONTACTS_UNCONFIRMED = Gauge(
    "taikubot_contacts_unconfirmed",
    "Contact persons in use of whom nobody is known to have said for 18 months that what is told "
    "is right.",
    registry=REGISTRY,
)
DELIVERIES = Counter(
    "taikubot_deliveries",
    "Posts sent, updated or deleted in one conversation, by outcome.",
    ["task", "outcome"],
    registry=REGISTRY,
)
DELIVERY_SECONDS = Histogram(
    "taikubot_delivery_seconds",
    "Time that a channel took for one post, in seconds.",
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
QUEUE_DEPTH = Gauge(
    "taikubot_delivery_queue_depth",
    "Deliveries that have not ended.",
    registry=REGISTRY,
)
QUEUE_AGE = Gauge(
    "taikubot_delivery_queue_age_seconds",
    "How long the oldest delivery that has not ended has been due, in seconds.",
    registry=REGISTRY,
)
PAUSES = Gauge(
    "taikubot_sending_pauses",
    "Pauses of sending (`taikubot pause`) that hold: of everything, or of one tenant each.",
    registry=REGISTRY,
)
DELIVERIES_STUCK = Gauge(
    "taikubot_deliveries_stuck",
    "Deliveries that have been due for over a quarter of an hour and have not ended.",
    registry=REGISTRY,
)
DELIVERIES_GIVEN_UP = Gauge(
    "taikubot_deliveries_given_up",
    "Deliveries that failed for good within the last day.",
    registry=REGISTRY,
)
DELIVERIES_IN_DOUBT = Gauge(
    "taikubot_deliveries_in_doubt",
    "Deliveries of announcements of the last day of which a copy may stand that is not known.",
    registry=REGISTRY,
)
CONVERSATIONS_SUSPENDED = Gauge(
    "taikubot_conversations_suspended",
    "Conversations that count as unreachable; each announcement tries them again.",
    registry=REGISTRY,
)
CONVERSATIONS_IN_OUTAGE = Gauge(
    "taikubot_conversations_in_outage",
    "Conversations that wait because many of their tenant answer that the bot is not there.",
    registry=REGISTRY,
)
DATABASE_OK = Gauge(
    "taikubot_database_ok",
    "1 while the database takes what is written, as /readyz says.",
    registry=REGISTRY,
)
CONTENT_VALID = Gauge(
    "taikubot_content_valid",
    "1 while content, intents and texts on disk can be used; else an earlier state serves.",
    registry=REGISTRY,
)
CONTENT_AGE = Gauge(
    "taikubot_content_age_days",
    "Days since the newest source of the content: since something was last looked up.",
    registry=REGISTRY,
)
READY = Gauge(
    "taikubot_ready", "1 while the bot can do its work, as /readyz says.", registry=REGISTRY
)
SECRET_EXPIRES = Gauge(
    "taikubot_secret_expires_timestamp_seconds",
    "When the app's secret ends (BOT_APP_PASSWORD_EXPIRES), in seconds since 1970; 0 if not set.",
    registry=REGISTRY,
)
TOKEN_OK = Gauge(
    "taikubot_token_ok",
    "1 while there is a token to send with, or none is needed.",
    registry=REGISTRY,
)


def exposition() -> tuple[bytes, str]:
    """All metrics in Prometheus's text format, and its content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
