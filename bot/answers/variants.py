"""Which answers each intent must have, and which names its templates may use.

Every template also knows `community` and `language`. An intent that is not listed here (one that a
community adds) has a single variant, `answer`.
"""

from __future__ import annotations

from typing import Any

from bot.answers.meeting_views import MeetingView, SeriesView
from bot.answers.views import (
    CommunityView,
    CoordinationView,
    HelpLineView,
    NetworkView,
    PersonView,
    PlaceView,
)
from bot.knowledge.models import DetailOf

Names = dict[str, Any]

COMMON: Names = {"community": CommunityView, "language": str}

_NETWORK: Names = {"network": NetworkView}
_PLACE: Names = {**_NETWORK, "place": PlaceView}
_PERSONS: Names = {"persons": tuple[PersonView, ...]}
_JOIN: Names = {**_PERSONS, "persons_told": bool}
_LIST: Names = {"meetings": tuple[MeetingView, ...]}
_MEETINGS: Names = {
    **_LIST,
    "period": str | None,
    "missing": tuple[str, ...],
    "none_of": tuple[str, ...],
}
"""`missing` are the kinds of meetings that were asked for and that are not known, by their keys;
`none_of` says the same in words (`no seminars`)."""
_NEXT: Names = {"next_meeting": MeetingView | None}
_SOURCES: Names = {"sources": tuple[str, ...]}
_REST: Names = {"rest": bool}

SINGLE = "answer"
"""The variant of an intent that has a single answer."""

_SINGLE: dict[str, Names] = {SINGLE: {}}

SAME_FOR_ALL = ("help", "privacy", "thanks", "goodbye", "announcements", "add_meeting")
"""The intents whose answer depends on nothing."""

_FOLLOWING: Names = {"networks": tuple[str, ...], "everything": bool}
_PLACED: Names = {"place": str}  # personal, group or channel

DETAILS = "details"
"""Before the key of a detail, the name of its answer."""

_ASKED: Names = {
    "yes_no": bool,
    "place": PlaceView | None,
    "network": NetworkView | None,
    **_PERSONS,
}

DETAIL_NAMES: dict[DetailOf, Names] = {
    "person": {**_ASKED, **_NETWORK, "person": PersonView, "here": bool | None},
    "meeting": {
        **_ASKED,
        **_NETWORK,
        "meeting": MeetingView,
        "series": SeriesView,
        "of_kind": bool | None,
    },
    "network": {
        **_ASKED,
        **_NETWORK,
        "then": tuple[CoordinationView, ...],
        "time": str | None,
    },
    "joining": _ASKED,
    "community": _ASKED,
    "human": {**_ASKED, "person": PersonView | None},
}
"""What the answer about a detail may use: `yes_no`, whether it is asked so that one says yes or no;
`place`, the place that the question names; `network`, whose it is; `persons`, whom one may ask. Of
a person `persons` are the others who answer for that place, and `here` tells whether this one does,
None where no place is named; of a network `time` is the past time that the question names, and
`then` who coordinated the network at that time; of a meeting `of_kind` tells whether it is of a
kind that the question names, None where it names none."""

VARIANTS: dict[str, dict[str, Names]] = {
    "contacts": {
        "persons": {**_PLACE, **_PERSONS, "elsewhere": bool},
        "no_person": _PLACE,
        "no_other": _PLACE,
        "ask": {},
        "unconfirmed": {"organisations": tuple[str, ...], "year": int},
        "card": {"person": PersonView},
        "line": {"person": PersonView},
        "who_knows": {**_PERSONS, "network": NetworkView | None},
        "wrong_information": {},
    },
    "person": {"cards": _PERSONS, "unknown": {}, "same": _PERSONS},
    "find_network": {
        "network": {**_PLACE, **_PERSONS},
        "no_network": {"place": PlaceView},
        "told": {"network": NetworkView | None, "place": PlaceView | None},
        "ask": {},
        "limit": {},
    },
    "network_info": {
        "network": {
            **_NETWORK,
            **_PERSONS,
            **_NEXT,
            **_SOURCES,
            **_REST,
            "mentions": tuple[str, ...],
        },
        "coordination": _NETWORK,
        "ask": {},
    },
    "network_goals": {
        "network": {**_NETWORK, **_SOURCES, **_REST},
        "general": {**_SOURCES, **_REST},
    },
    "network_activity": {
        "network": {**_NETWORK, **_NEXT, **_SOURCES, **_REST},
        "general": {**_SOURCES, **_REST},
    },
    "list_networks": {
        "answer": {
            "networks": tuple[NetworkView, ...],
            **_SOURCES,
        }
    },
    "join": {"network": {**_PLACE, **_JOIN}, "general": {}},
    "about": {"answer": _REST, "tell_more": {}, "sources": _SOURCES},
    "change_details": {"answer": _PERSONS},
    "links": {"network": _NETWORK, "general": {}, "feed": {}, "messenger": {}},
    "meetings": {
        "add_to_calendar": {},
        "network": {**_NETWORK, **_MEETINGS, "more": int},
        "network_none": {**_PLACE, **_MEETINGS, **_JOIN},
        "all": {**_MEETINGS, "more": int},
        "all_none": {**_MEETINGS, "more": int},
        "past": {**_MEETINGS, "network": NetworkView | None, "more": int},
        "missing": {"missing": tuple[str, ...], "none_of": tuple[str, ...], "period": str | None},
        "list": {**_LIST, "more": int, "show_networks": bool},
        "card": {"meeting": MeetingView, "show_networks": bool},
        "line": {"meeting": MeetingView},
        "brief": {"meeting": MeetingView},
        "ask": {**_NETWORK, **_PERSONS, "meeting": MeetingView},
        "cancelled": {},
        "these": _LIST,
        "no_other": {"network": NetworkView | None},
        "demo": {},
    },
    "human": {
        "persons": {**_PLACE, **_PERSONS},
        "contact_point": {},
        "reach": {"person": PersonView | None, "network": NetworkView | None},
        "write": {},
    },
    "calendar": {
        "meetings": {**_MEETINGS, "feed": str | None, "files": bool},
        "none": {"feed": str | None},
    },
    "fallback": {
        "guesses": {},
        "place": {"place": str},
        "unknown": {},
        "unknown_again": {},
        "denied": {},
        "misunderstood": {},
        "unanswered": {},
        "distress": {"help_line": HelpLineView},
        "maybe_distress": {"help_line": HelpLineView},
        "other_language": {"said_in_theirs": str | None, "we_speak": str, "help": str},
        "apology": {"code": str},
    },
    "greeting": {"answer": {}, "welcome": {}, "how_are_you": {}, "noted": {}},
    # Of these, `answer` is said where nothing is posted to; the others in Teams.
    "follow": {
        **_SINGLE,
        "messenger": {},
        "done": {**_FOLLOWING, **_PLACED},
        "refused": _PLACED,
        "kept": {},
    },
    "following": {
        **_SINGLE,
        "list": {**_FOLLOWING, **_PLACED},
        "nothing": _PLACED,
    },
    "unfollow": {
        **_SINGLE,
        "how": {},
        "kept": {},
        "done": {**_FOLLOWING, "rest": tuple[str, ...]},
        "nothing": {"networks": tuple[str, ...]},
    },
    "whoami": {**_SINGLE, "known": {**_FOLLOWING, "id": str, "tenant": str | None}},
    "forget_me": {
        **_SINGLE,
        "followed": {},
        "ask": {},
        "ask_followed": {},
        "yes": {},
        "no": {},
        "kept": {},
        "how": {},
    },
    "announce": {**_SINGLE, "refused": {}},
    **dict.fromkeys(SAME_FOR_ALL, _SINGLE),
}
