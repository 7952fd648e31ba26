"""Meetings in forms: adding, listing and changing them."""

from __future__ import annotations

from .meeting_copying import MeetingCopies
from .meeting_ways import MeetingWays


class MeetingForms(MeetingCopies, MeetingWays):
    """The forms of coordinators for meetings."""
