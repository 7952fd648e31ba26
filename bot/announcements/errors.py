"""What goes wrong with an announcement: each error has a code, and a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping

from bot.announcements.model import State
from bot.i18n import N_, Message, pN_

SENTENCES: Mapping[str, Message] = {
    "not_allowed": N_("You may not do this: it takes a coordinator of the network."),
    "not_found": N_("There is no such announcement (any more)."),
    "no_meeting": N_("There is no such meeting. A meeting is named like key@2026-12-10."),
    "no_network": N_("There is no such network: {network}."),
    "wrong_state": N_("The announcement is {state}, so this cannot be done."),
    "told_already": N_(
        "This meeting was announced, or is to be, so it is not deleted: cancel it, so that those "
        "who know of it hear of that."
    ),
    "meeting_in_file": N_(
        "This meeting stands in the file content/meetings/{key}.yaml: change it there."
    ),
    "already_cancelled": N_("The meeting is cancelled already."),
    "entered_meanwhile": N_(
        "Somebody has changed this since you saw it, so nothing was done: look at it once more."
    ),
    "no_change": N_("This change is not kept any more, so it cannot be undone."),
    "fits_no_more": N_("What was there before does not fit the rest any more: enter it anew."),
    "not_there": N_("This is not there (any more)."),
    "key_used": N_("Another announcement was made with the same Idempotency-Key."),
    "changed_meanwhile": N_(
        "The meeting has changed since the preview: look at the announcement once more."
    ),
    "nothing_failed": N_("There is nothing that could be tried again."),
    "missing": N_("This is missing."),
    "missing_languages": N_("This is missing in a language that the other has: {languages}."),
    "said_already": N_("Another question is worded like this already: {text}"),
    "too_late": N_("This could be undone for ten minutes. I changed nothing now."),
    "too_long": N_("At most {limit} characters."),
    "not_for_meeting": N_(
        "An announcement of a meeting has the meeting's title and text: write your own words "
        "as its note."
    ),
    "not_of_meeting": N_("Only what announces a meeting can have news of a change."),
    "only_for_meeting": N_("Only a meeting can have reminders."),
    "meeting_begun": N_("The meeting has begun already."),
    "after_start": N_("The time is after the meeting's start."),
    "time_form": N_("This is not a time: write 2026-12-10T08:30."),
    "time_past": N_("This time is past."),
    "time_far": N_("This time is more than two years ahead."),
    "not_scheduled": N_("Only the time of a scheduled announcement can be changed."),
    "end_before_start": N_("The end must be later than the start."),
    "no_day": N_("Choose a day."),
    "no_time": N_("Choose a time of day."),
    "time_skipped": N_("This time does not exist: the clocks go forward that night."),
    "time_twice": N_("This time comes twice: the clocks go back that night. Choose another one."),
    "moved_to_past": N_("A meeting is not moved into the past: choose a time to come."),
    "deadline_alone": N_(
        "Where does one register? Give a link or an e-mail address, or leave the date out."
    ),
    "place_or_online": N_("Give a place, an online link or both, so that people find the meeting."),
    "web_address": N_("This is not a web address: write all of https://…"),
    "web_or_mail": N_(
        "This is neither a web address nor an e-mail address: write all of https://… or "
        "name@example.fi"
    ),
    "hidden_host": N_(
        "A link does not lead where it seems to, but to {host}: write it without a name before an "
        "@, and in letters of one alphabet."
    ),
    "series_not_understood": N_(
        "I did not understand {words}. Write it in another way, or leave it out."
    ),
    "series_how_often": N_(
        "How often is it held? Write for example: the second Tuesday of the month."
    ),
    "series_day_of_month": N_(
        "On which day of the month? Write for example: the second Tuesday of the month."
    ),
    "series_none": N_("How often is it held? Write for example: the second Tuesday of the month."),
    "series_no_dates": N_("This gives no date: look at its beginning and its end."),
    "series_two_times": N_("Here stands another time of day than in the fields above."),
    "series_over": N_("All dates of this series are past."),
    "series_has_date": N_("The series has this date already."),
    "series_told": N_(
        "{day} has been announced: cancel it first, so that its followers hear of it."
    ),
    "meeting_field": Message("{reason}"),  # the sentence of the meeting's model, already translated
}
"""What is said of an error, by its code."""

STATE_WORDS: Mapping[State, Message] = {
    State.DRAFT: pN_("the announcement is …", "draft"),
    State.SCHEDULED: pN_("the announcement is …", "scheduled"),
    State.SENDING: pN_("the announcement is …", "being sent"),
    State.SENT: pN_("the announcement is …", "sent"),
    State.RECALLED: pN_("the announcement is …", "recalled"),
    State.CANCELLED: pN_("the announcement is …", "stopped"),
    State.FAILED: pN_("the announcement is …", "failed"),
}


_RECALLED = pN_("the announcement is …", "recalled as far as it can be reached")


class AnnouncementError(Exception):
    """Something that was asked for and cannot be done; nothing was changed or sent.

    `code` names the sentence in `SENTENCES`, `data` fills its placeholders.
    """

    code = "error"

    def __init__(self, code: str | None = None, **data: object) -> None:
        self.code = code or self.code
        self.data = data
        super().__init__(self.code)

    def said(self, language: str) -> str:
        """The error as a sentence for whoever asked."""
        return SENTENCES[self.code].filled(**self.data).said(language)


class NotAllowed(AnnouncementError):
    """Not a coordinator, or not of these networks."""

    code = "not_allowed"


class NotFound(AnnouncementError):
    """There is no such announcement or meeting."""

    code = "not_found"


class WrongState(AnnouncementError):
    """It is too late or too early for this."""

    code = "wrong_state"

    @classmethod
    def of(cls, state: State) -> WrongState:
        """The error for an announcement whose state does not allow what was asked for."""
        return cls(state=_RECALLED if state is State.RECALLED else STATE_WORDS[state])


class Conflict(AnnouncementError):
    """An idempotency key was used for another request before."""

    code = "conflict"


class Invalid(AnnouncementError):
    """A field cannot be used as it is."""

    def __init__(self, field: str, code: str, **data: object) -> None:
        super().__init__(code, **data)
        self.field = field
