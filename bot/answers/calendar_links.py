"""Where the calendars are, as links for answers; no link without a public address.

The paths stand here, below the channel that serves them, so that both read the same ones.
"""

from __future__ import annotations

from urllib.parse import quote

from bot.knowledge.values import Language

ALL_FEED = "/calendar.ics"
NETWORK_FEED = "/calendar/{network}.ics"
MEETING = "/calendar/meetings/{occurrence}.ics"


def feed_url(public_url: str | None, network: str | None, language: Language) -> str | None:
    """The feed of a network's meetings, by its key, or of all meetings; None without an address."""
    path = ALL_FEED if network is None else NETWORK_FEED.format(network=quote(network, safe=""))
    return _url(public_url, path, language)


def meeting_url(public_url: str | None, occurrence_key: str, language: Language) -> str | None:
    """The file of one meeting, named `key@2026-12-10`; None without an address."""
    path = MEETING.format(occurrence=quote(occurrence_key, safe="@"))
    return _url(public_url, path, language)


def _url(public_url: str | None, path: str, language: Language) -> str | None:
    return f"{public_url.rstrip('/')}{path}?lang={language}" if public_url else None
