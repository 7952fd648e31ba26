"""Answers to who wants meetings in a calendar: a file of each, and a feed of all."""

from __future__ import annotations

from bot.answers.builder import AnswerBuilder, Part
from bot.answers.calendar_links import feed_url
from bot.answers.coming import coming, demo_note
from bot.answers.meeting_views import MeetingView
from bot.answers.networks import GENERAL, follow_up_suggestions
from bot.knowledge.recurrence import Occurrence

MOST = 3
"""So many meetings are given one by one."""


def calendar(builder: AnswerBuilder) -> Part:
    """The meetings that were shown, else the next ones of the networks that are named."""
    scope = builder.scope
    found = _meetings(builder)
    networks = [subject.network for subject in builder.named if subject.network]
    network = networks[0] if len(networks) == 1 else None
    key = network.key if network else None
    feed = feed_url(scope.context.public_url, key, scope.language)
    suggestions = follow_up_suggestions(builder, network) if network else builder.suggest(GENERAL)
    if not found:
        blocks = builder.render("calendar.none", feed=feed)
        return Part(blocks, suggestions=suggestions[:2])
    # The title of a series is told once.
    told = [one.meeting.key for one in found]
    views = tuple(
        MeetingView.of(one, scope, one.meeting.key in told[:at]) for at, one in enumerate(found)
    )
    blocks = builder.render(
        "calendar.meetings", meetings=views, feed=feed, files=scope.context.calendar_files
    )
    return Part(
        blocks,
        suggestions=suggestions[:2],
        notes=demo_note(builder, *views),
        occurrences=tuple(one.key for one in found),
    )


def _meetings(builder: AnswerBuilder) -> list[Occurrence]:
    scope = builder.scope
    if keys := builder.entities.meetings:
        known = (scope.knowledge.find_occurrence(key) for key in keys)
        return [one for one in known if one][:MOST]
    networks = tuple(subject.network.key for subject in builder.named if subject.network)
    if builder.named and not networks:
        return []
    period = builder.entities.period
    within = (period.start, period.end) if period else ()
    return coming(scope, networks, *within)[:MOST]
