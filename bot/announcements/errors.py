"""What goes wrong with an announcement, each with a code that `wording` has a sentence for."""

from __future__ import annotations


class AnnouncementError(Exception):
    """Something that was asked for and cannot be done; nothing was changed or sent.

    `code` names the sentence in `wording.ERRORS`, `data` fills it.
    """

    code = "error"

    def __init__(self, code: str | None = None, **data: object) -> None:
        self.code = code or self.code
        self.data = data
        super().__init__(self.code)


class NotAllowed(AnnouncementError):
    """Not a coordinator, or not of these networks."""

    code = "not_allowed"


class NotFound(AnnouncementError):
    """There is no such announcement or meeting."""

    code = "not_found"


class WrongState(AnnouncementError):
    """It is too late or too early for this; `data["state"]` tells where the announcement is."""

    code = "wrong_state"


class Conflict(AnnouncementError):
    """Something else stands under this name: an idempotency key used for another request."""

    code = "conflict"


class Invalid(AnnouncementError):
    """A field cannot be used as it is."""

    code = "invalid"

    def __init__(self, field: str, code: str, **data: object) -> None:
        super().__init__(code, field=field, **data)
        self.field = field
