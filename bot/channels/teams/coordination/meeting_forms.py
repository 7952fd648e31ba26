"""Meetings in forms: adding, listing and changing them."""

from __future__ import annotations

from .meeting_copying import MeetingCopies
from .meeting_edit_forms import MeetingEditForms


class MeetingForms(MeetingCopies, MeetingEditForms):
    """The forms of coordinators for meetings."""
