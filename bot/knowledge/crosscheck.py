"""What has to fit between files: keys that exist, places without gaps, times that exist."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.knowledge.library import Knowledge
from bot.knowledge.models import Meeting
from bot.knowledge.recurrence import LocalTimeError, localise, parse_rule
from bot.knowledge.values import Value
from bot.knowledge.yaml_source import Path_

Report = Callable[[Value, Path_, str], None]


def cross_check(knowledge: Knowledge, report: Report) -> None:
    """Reports every reference that leads nowhere and every time that does not exist."""
    try:
        zone = ZoneInfo(knowledge.community.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        message = f"`{knowledge.community.time_zone}` is not a time zone: write Europe/Helsinki"
        report(knowledge.community, ("time_zone",), message)
        return
    _check_places(knowledge, report)
    for person in knowledge.people.values():
        _exist(person, "networks", person.networks, knowledge.networks, report)
        _exist(person, "regions", person.regions, knowledge.regions, report)
    for meeting in knowledge.meetings.values():
        _exist(meeting, "networks", meeting.networks, knowledge.networks, report)
        _check_times(meeting, zone, report)


def _exist(value: Value, field: str, keys: tuple[str, ...], known: object, report: Report) -> None:
    assert isinstance(known, dict)
    for index, key in enumerate(keys):
        if key not in known:
            message = f"there is no `{key}` among the {field}: {', '.join(sorted(known))}"
            report(value, (field, index), message)


def _check_places(knowledge: Knowledge, report: Report) -> None:
    covered = Counter[str]()
    for network in knowledge.networks.values():
        _exist(network, "regions", network.regions, knowledge.regions, report)
        covered.update(network.regions)
        for index, region in enumerate(network.regions):
            if covered[region] > 1:
                report(network, ("regions", index), f"another network covers `{region}` already")
    for municipality in knowledge.municipalities.values():
        if municipality.region not in knowledge.regions:
            report(municipality, ("region",), f"there is no region `{municipality.region}`")


def _check_times(meeting: Meeting, zone: ZoneInfo, report: Report) -> None:
    times: list[tuple[Path_, dt.datetime]] = [(("start",), meeting.start), (("end",), meeting.end)]
    recurrence = meeting.recurrence
    for day, moved in (recurrence.moved if recurrence else {}).items():
        where: Path_ = ("recurrence", "moved", day.isoformat())
        times += [((*where, "start"), moved.start), ((*where, "end"), moved.end)]
    for place, time in times:
        try:
            localise(time, zone)
        except LocalTimeError as error:
            report(meeting, place, str(error))
    try:
        rule = parse_rule(meeting)
    except ValueError as error:
        report(meeting, ("recurrence", "rrule"), str(error))
        return
    if rule is None or recurrence is None:
        return
    for name, days in (("skip", recurrence.skip), ("moved", tuple(recurrence.moved))):
        for day in days:
            midnight = dt.datetime.combine(day, dt.time())
            following = rule.after(midnight, inc=True)
            if following is None or following.date() != day:
                where = ("recurrence", name, day.isoformat())
                report(meeting, where, f"the meeting does not fall on {day} by its rule")
