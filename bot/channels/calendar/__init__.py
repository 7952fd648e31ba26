"""Meetings as iCalendar (RFC 5545): feeds to subscribe to, and single meetings to add.

    app.add_routes(calendar_routes(lambda: reloader.snapshot.knowledge, settings.public_url))
    feed_url(public_url, "pirkanmaa", "fi")                  # for answers
    meeting_url(public_url, "coffee@2026-12-10", "fi")

What stands in a calendar follows from the content alone, never from the clock, so the same content
gives the same bytes. All of it is public: links for members are left out.

Read on in this order: routes, files, events, series, text, zone_rules.
"""

from bot.answers.calendar_links import feed_url, meeting_url

from .files import feed, single_meeting
from .routes import calendar_routes

__all__ = ["calendar_routes", "feed", "feed_url", "meeting_url", "single_meeting"]
