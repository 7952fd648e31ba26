"""Meetings in forms: adding, listing and changing them."""

from __future__ import annotations

from .meeting_adding import NewMeetings
from .meeting_ways import MeetingWays


class MeetingForms(NewMeetings, MeetingWays):
    """The forms of coordinators for meetings."""
