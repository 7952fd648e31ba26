"""The exceptions of the connector.

ConnectorError
├── CredentialsError       no token to send with
└── SendError              the connector did not take a call
    ├── ConversationGone   it names why: the bot was blocked or removed, or the conversation is gone
    ├── SendRefused        any other refusal: the same call would be refused again
    └── SendFailed         given up after the allowed attempts: a later try may succeed

Which answer raises which of them stands in `bot.channels.verdicts`.
"""

from __future__ import annotations


class ConnectorError(Exception):
    """The root of the tree."""


class CredentialsError(ConnectorError):
    """No token to send with; the text says why and what to mend, and holds no secret."""


class SendError(ConnectorError):
    """A call to the connector that did not succeed.

    `status` is the HTTP status of the last answer, None if there was none; `code` what the
    connector calls the error (`BotNotInConversationRoster`); `attempts` how often the call was
    made; `broken_off` that an answer began and did not end.
    """

    broken_off = False

    def __init__(self, message: str, *, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.attempts = 0


class ConversationGone(SendError):
    """A 403 or 404 by whose code there is nobody to send to any more. Not a failure."""


class SendRefused(SendError):
    """The connector refuses this very call; sending it again would not help."""


class SendFailed(SendError):
    """Given up for now.

    `retry_after` is what the connector asked for, in seconds; `everywhere` that it asked it for
    the whole tenant; `uncertain` tells that the call may have been carried out all the same.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        retry_after: float | None = None,
        everywhere: bool = False,
        uncertain: bool = False,
        broken_off: bool = False,
    ) -> None:
        super().__init__(message, status=status, code=code)
        self.retry_after = retry_after
        self.everywhere = everywhere
        self.uncertain = uncertain
        self.broken_off = broken_off
