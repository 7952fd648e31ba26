"""The Bot Framework protocol on aiohttp: incoming activities, tokens, and calls to the connector.

    connector = Connector(settings, on_turn, on_error)
    connector.attach(app)            # POST /api/messages, start and stop
    connector.problems()             # for /readyz
    connector.client, .adapter       # for messages that answer nobody

Read on in this order: endpoint, requests, inbound_tokens, signing_keys, adapter, client,
credentials, activity_json, duplicates, errors. For the channels behind it: dispatch, turn_limit,
conversation_keys.
"""

from .adapter import ConnectorAdapter, TurnHandler
from .client import ConnectorClient, RetryPolicy, Thread
from .credentials import Credentials, credential_opener
from .dispatch import by_channel
from .endpoint import Connector
from .errors import (
    ConnectorError,
    ConversationGone,
    CredentialsError,
    SendError,
    SendFailed,
    SendRefused,
)
from .turn_limit import limit_turns

__all__ = [
    "Connector",
    "ConnectorAdapter",
    "ConnectorClient",
    "ConnectorError",
    "ConversationGone",
    "Credentials",
    "CredentialsError",
    "RetryPolicy",
    "SendError",
    "SendFailed",
    "SendRefused",
    "Thread",
    "TurnHandler",
    "by_channel",
    "credential_opener",
    "limit_turns",
]
