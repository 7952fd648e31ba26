"""Meetings in forms: adding, listing and changing them."""

from __future__ import annotations

from .meeting_adding import NewMeetings
from .meeting_changes import MeetingChanges


class MeetingForms(NewMeetings, MeetingChanges):
    """The forms of coordinators for meetings."""
