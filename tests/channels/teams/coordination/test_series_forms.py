"""Series by forms: entered in plain words, looked at, saved; copied, extended, ended."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from bot.announcements.errors import Invalid
from bot.announcements.model import Draft
from bot.channels.teams.coordination.card_actions import CardAction
from bot.channels.teams.coordination.meeting_copying import next_alike
from bot.channels.teams.coordination.meeting_dates import date_lines
from bot.channels.teams.coordination.meeting_times import Times, read_times
from bot.knowledge.models import Meeting
from bot.knowledge.recurrence import occurrence_on
from bot.understanding.series import read
from tests.announcements.world import NATIONAL, NOW, ONE_TIME, PIRKANMAA, WEST

from .chatting import Chat, TeamsFixture

ZONE = ZoneInfo("Europe/Helsinki")
TYPED = {"title__fi": "Aamukahvit kirjastossa", "place__fi": "Kirjasto", "end": "10:00"}


def the_series(teams: TeamsFixture, title: str = TYPED["title__fi"]) -> Meeting:
    """The one meeting of that title."""
    (found,) = [one for one in teams.world.knowledge().meetings.values() if one.title.fi == title]
    return found


async def entered(coordinator: Chat, repeats: str, **more: str) -> None:
    """Enters a series and saves it after a look at its dates."""
    await coordinator.say("add_meeting")
    await coordinator.press("Tallenna", {**TYPED, "repeats": repeats, **more})
    assert "Tapaaminen pidetään:" in coordinator.text
    await coordinator.press("Tallenna")
    assert "tallennettu" in coordinator.text


async def test_a_series_in_plain_words_is_looked_at_before_it_is_saved(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await coordinator.say("add_meeting")
    rule = "joka kuun toinen tiistai klo 8.30, ei tammikuussa, kesäkuuhun asti"
    await coordinator.press("Tallenna", {**TYPED, "repeats": rule})
    assert "Joka kuun toinen tiistai, ei tammikuussa, 30.6.2027 asti" in coordinator.text
    dates = ["8.12.2026", "9.2.2027", "9.3.2027", "13.4.2027", "11.5.2027"]
    for date in dates:
        assert f"tiistaina {date} klo 8.30" in coordinator.text
    assert "yhteensä 6 kertaa" in coordinator.text
    titles = [one.title.fi for one in teams.world.knowledge().meetings.values()]
    assert TYPED["title__fi"] not in titles
    # What was worked out stands in the form; a change is looked at once more.
    assert coordinator.fields["day"] == "2026-12-08"
    assert coordinator.fields["start"] == "08:30"
    await coordinator.press("Tallenna", end="10:30")
    assert "Tapaaminen pidetään:" in coordinator.text
    await coordinator.press("Tallenna")
    assert "tallennettu" in coordinator.text
    kept = the_series(teams)
    assert kept.recurrence is not None
    assert "BYDAY=2TU" in kept.recurrence.rrule
    assert str(kept.start) == "2026-12-08 08:30:00"
    await coordinator.press("Kumoa")
    assert kept.key not in teams.world.knowledge().meetings


async def test_a_sentence_fills_in_the_form(teams: TeamsFixture, coordinator: Chat) -> None:
    text = "lisää tapaaminen joka kuun toinen tiistai klo 8.30"
    await coordinator.say("add_meeting", text=text)
    shown = coordinator.fields
    assert (shown["repeats"], shown["start"]) == ("joka kuun toinen tiistai", "08:30")
    assert not coordinator.faulty
    text = "lisää tapaaminen joka kuun toinen tiistai paitsi juhannuksena klo 8.30"
    await coordinator.say("add_meeting", text=text)
    assert coordinator.faulty == ["repeats"]
    assert "paitsi juhannuksena" in coordinator.text


async def test_a_sentence_with_a_rule_leads_to_the_form_also_where_no_phrase_knows_its_words(
    coordinator: Chat,
) -> None:
    await coordinator.say("fallback", text="lisää aamukahvit joka kuun eka maanantai klo 9-10")
    shown = coordinator.fields
    assert (shown["repeats"], shown["end"]) == ("joka kuun ensimmäinen maanantai", "10:00")
    await coordinator.say("fallback", text="lisää maitoa joka aamu")
    assert "repeats" not in coordinator.fields


async def test_all_faults_are_said_at_once_each_at_its_field(coordinator: Chat) -> None:
    await coordinator.say("add_meeting")
    wrong = {"repeats": "joka kuun toinen tiistai paitsi juhlina", "online__url": "example"}
    await coordinator.press("Tallenna", wrong)
    assert coordinator.faulty == ["title.fi", "start", "end", "repeats", "online.url"]
    assert "paitsi juhlina" in coordinator.text
    assert coordinator.fields["repeats"] == wrong["repeats"]


async def test_an_evening_and_two_days_are_shown_with_both_days(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await coordinator.say("add_meeting")
    night = {"day": "2026-12-15", "start": "22:00", "end": "01:00"}
    await coordinator.press("Tallenna", {**TYPED, **night})
    assert "15.12.2026 klo 22.00 – keskiviikkona 16.12.2026 klo 1.00" in coordinator.text
    await coordinator.press("Tallenna")
    assert str(the_series(teams).end) == "2026-12-16 01:00:00"
    await coordinator.say("add_meeting")
    days = {"day": "2026-12-15", "start": "12:00", "end": "10:00", "last_day": "2026-12-16"}
    await coordinator.press("Tallenna", {**TYPED, **days, "title__fi": "Seminaari"})
    await coordinator.press("Tallenna silti")
    assert str(the_series(teams, "Seminaari").end) == "2026-12-16 10:00:00"


async def test_another_network_is_asked_for(teams: TeamsFixture) -> None:
    chat = Chat(teams, NATIONAL)
    await chat.say("add_meeting", "lappi", text="lisää tapaaminen toiselle verkostolle")
    assert "Minkä verkoston tapaaminen?" in chat.text
    assert chat.fields["network"] != "lappi"


async def test_a_meeting_is_copied_to_the_same_day_of_the_next_month(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await coordinator.say("add_meeting")
    await coordinator.press("Tallenna", {**TYPED, "day": "2026-12-15", "start": "08:30"})
    await coordinator.say("add_meeting")
    await coordinator.press("Kopioi aiempi")
    assert TYPED["title__fi"] in coordinator.text
    titles = [one for one in coordinator.buttons if one == "Kopioi"]
    assert titles
    key = the_series(teams).key
    await coordinator.send({"do": "meeting.copy", "lang": "fi", "meeting": f"{key}@2026-12-15"})
    shown = coordinator.fields
    assert (shown["day"], shown["start"], shown["end"]) == ("2027-01-19", "08:30", "10:00")
    assert shown["title.fi"] == TYPED["title__fi"]
    await coordinator.press("Tallenna")
    assert "tiistaina 19.1.2027 klo 8.30" in coordinator.text


async def test_a_date_is_added_to_a_series_and_its_end_is_set(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await entered(coordinator, "joka kuun toinen tiistai klo 8.30")
    meeting = the_series(teams)
    carried = {"lang": "fi", "meeting": f"{meeting.key}@{meeting.start.date()}"}
    await coordinator.send({"do": "meeting.series", **carried})
    assert "ja niin edelleen, toistaiseksi" in coordinator.text
    await coordinator.press("Lisää päivä")
    await coordinator.press("Tallenna", day="2027-01-12")
    assert "Sarjassa on jo tämä päivä." in coordinator.text
    await coordinator.press("Tallenna", day="2027-01-20", start="09:00")
    assert "keskiviikkona 20.1.2027 klo 9.00–10.00" in coordinator.text
    await coordinator.press("Kumoa")
    kept = the_series(teams).recurrence
    assert kept is not None
    assert not kept.also
    await coordinator.send({"do": "meeting.last", **carried})
    await coordinator.press("Päätä sarja", last="2026-01-01")
    assert "Tästä ei tule yhtään päivää" in coordinator.text
    await coordinator.press("Päätä sarja", last="2027-05-31")
    assert "31.5.2027 asti" in coordinator.text
    kept = the_series(teams).recurrence
    assert kept is not None
    assert kept.rrule.endswith("UNTIL=20270531")


async def test_one_date_added_to_a_single_meeting_makes_two(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await coordinator.say("add_meeting")
    await coordinator.press("Tallenna", {**TYPED, "day": "2026-12-15", "start": "08:30"})
    key = the_series(teams).key
    await coordinator.send({"do": "meeting.date", "lang": "fi", "meeting": f"{key}@2026-12-15"})
    await coordinator.press("Tallenna", day="2027-01-20")
    assert "15.12.2026 ja 20.1.2027" in coordinator.text


def times(typed: dict[str, str], now: dt.datetime = NOW) -> Times:
    """What is read of the fields of a form."""
    fields = {"start": "08:30", "end": "10:00", **typed}
    action = CardAction("", fields={name: words for name, words in fields.items() if words})
    return read_times(action, "fi", now, ZONE)


def codes(faults: tuple[Invalid, ...]) -> list[tuple[str, str]]:
    """The fields and codes of faults."""
    return [(one.field, one.code) for one in faults]


@pytest.mark.parametrize(
    ("typed", "faults"),
    [
        ({"day": "2027-03-28", "start": "03:30"}, [("start", "time_skipped")]),
        ({"day": "2027-10-31", "start": "03:30"}, [("start", "time_twice")]),
        ({"day": "2027-10-31", "start": "02:00", "end": "03:30"}, [("end", "time_twice")]),
        ({"day": "2027-03-28", "start": "02:30", "end": "04:30"}, []),
        ({"day": "2027-02-29"}, [("day", "no_day")]),
        ({"day": "2028-02-29"}, []),
        ({"day": "2026-12-31", "start": "22:00", "end": "01:00"}, []),
        ({"day": "2026-12-31", "start": "12:00", "end": "11:00"}, [("end", "end_before_start")]),
        ({"day": "2027-02-10", "last_day": "2027-02-09"}, [("last_day", "end_before_start")]),
        ({"repeats": "joka viikko klo 9"}, [("repeats", "series_two_times")]),
        ({"repeats": "kivaa"}, [("repeats", "series_not_understood")]),
        ({"repeats": "klo 8.30"}, [("repeats", "series_none")]),
        ({"repeats": "maanantaisin 1.1.2024–1.5.2024"}, [("repeats", "series_over")]),
        ({"start": "", "end": ""}, [("day", "missing"), ("start", "missing"), ("end", "missing")]),
    ],
)
def test_times_of_the_form(typed: dict[str, str], faults: list[tuple[str, str]]) -> None:
    assert codes(times(typed).faults) == faults


def test_a_night_over_new_year_ends_next_year() -> None:
    found = times({"day": "2026-12-31", "start": "22:00", "end": "01:00"})
    assert found.fields == {"start": "2026-12-31 22:00", "end": "2027-01-01 01:00"}
    assert found.shown


def test_a_series_begins_tomorrow_where_todays_hour_is_past() -> None:
    evening = dt.datetime(2026, 12, 1, 20, tzinfo=ZONE)
    assert times({"repeats": "joka tiistai"}, evening).fields["start"] == "2026-12-08 08:30"
    morning = dt.datetime(2026, 12, 1, 6, tzinfo=ZONE)
    assert times({"repeats": "joka tiistai"}, morning).fields["start"] == "2026-12-01 08:30"


def test_each_date_of_a_series_is_as_long() -> None:
    found = times({"repeats": "joka toinen viikko", "day": "2027-01-11", "last_day": "2027-01-12"})
    assert found.fields["end"] == "2027-01-12 10:00"
    assert found.fields["recurrence"] == {"rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"}


@pytest.mark.parametrize(
    ("day", "today", "following"),
    [
        ("2026-11-10", "2026-11-30", "2026-12-08"),
        ("2026-12-08", "2026-12-08", "2027-01-12"),
        ("2026-01-29", "2026-11-30", "2026-12-31"),
        ("2026-11-26", "2026-11-30", "2026-12-31"),
        ("2026-12-21", "2026-12-01", "2027-01-18"),
    ],
)
def test_a_copy_is_on_the_same_day_of_the_week_of_the_month(
    day: str, today: str, following: str
) -> None:
    found = next_alike(dt.date.fromisoformat(day), dt.date.fromisoformat(today))
    assert found.isoformat() == following


async def test_a_rule_whose_dates_are_too_many_to_be_named_keeps_its_words(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    text = "lisää tapaaminen joka päivä klo 9-10, ei viikoilla 1-20, 31.12.2027 asti"
    await coordinator.say("add_meeting", text=text)
    assert "ei viikoilla 1-20" in coordinator.fields["repeats"]
    await coordinator.press("Tallenna", {**TYPED})
    await coordinator.press("Tallenna silti")
    kept = the_series(teams)
    assert kept.recurrence is not None
    assert dt.date(2027, 5, 23) in kept.recurrence.skip
    assert not gives_on(kept, dt.date(2027, 5, 23))
    assert gives_on(kept, dt.date(2027, 5, 24))


def gives_on(meeting: Meeting, day: dt.date) -> bool:
    """Whether a series is held on a day."""
    return occurrence_on(meeting, day, ZONE) is not None


@pytest.mark.parametrize(
    ("fields", "faulty"),
    [
        ({"day": "9999-12-31", "start": "23:00", "end": "01:00"}, "day"),
        ({"day": "0001-01-01", "start": "00:00", "end": "01:00"}, "day"),
        ({"day": "0001-01-01", "last_day": "9999-12-31", "repeats": "joka tiistai"}, "day"),
        ({"day": "2027-01-05", "last_day": "9999-12-31"}, "last_day"),
        ({"day": "2027-1-5", "last_day": "2027-01-06"}, "day"),
        ({"repeats": "5.2.2020, 6.2.2020"}, "repeats"),
    ],
)
def test_far_odd_and_past_days_are_faults_of_their_fields(
    fields: dict[str, str], faulty: str
) -> None:
    action = CardAction("", fields={"start": "10:00", "end": "11:00", **fields})
    times = read_times(action, "fi", NOW, ZONE)
    assert faulty in [one.field for one in times.faults]


@pytest.mark.parametrize("day", ["9999-12-31", "2200-12-31x", "2027-02-30", "²"])
async def test_a_day_that_cannot_be_leaves_the_forms_with_what_is_wrong(
    teams: TeamsFixture, coordinator: Chat, day: str
) -> None:
    night = {**ONE_TIME, "start": "2026-12-01 22:00", "end": "2026-12-02 02:00"}
    meeting = await teams.world.meetings.add(PIRKANMAA, night)
    await coordinator.say("add_meeting")
    pressed = {"lang": "fi", "meeting": f"{meeting.key}@2026-12-01", "day": day, "last": day}
    for do, heading in (("move", "Uusi aika"), ("add", "Yksi päivä lisää"), ("end", "päättyy")):
        times = {"start": "22:00", "end": "02:00"}
        await coordinator.send({**pressed, **times, "do": f"meeting.{do}"})
        assert heading in coordinator.text
        assert coordinator.faulty
    assert teams.world.knowledge().meetings[meeting.key] == meeting


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("every day until 30.11.2029", "and so on"),
        ("Tuesdays until 30.11.2031", "and so on"),
        ("Tuesdays until 30.11.2027", "54 dates in all, the last one on 30 November 2027"),
        ("Tuesdays", "and so on, without an end"),
    ],
)
def test_how_a_series_goes_on_is_said_as_it_is(rule: str, words: str) -> None:
    reading = read(rule, "en", NOW.date())
    assert reading.rule is not None
    assert reading.first is not None
    body = {
        **ONE_TIME,
        "start": f"{reading.first} 12:00",
        "end": f"{reading.first} 13:00",
        "recurrence": reading.rule.recurrence(),
    }
    meeting = Meeting.model_validate({"key": "series", **body})
    last = date_lines(meeting, NOW, ZONE, "en")[-1]["text"]
    assert last.endswith(words)


async def test_a_second_press_leaves_the_end_of_a_series_to_be_undone(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await entered(coordinator, "tiistaisin klo 8.30")
    meeting = the_series(teams)
    first = f"{meeting.key}@{meeting.start.date()}"
    pressed = {"do": "meeting.end", "lang": "fi", "meeting": first, "last": "2027-01-10"}
    await coordinator.send(pressed)
    await coordinator.send(pressed)
    await coordinator.press("Kumoa")
    assert the_series(teams).recurrence == meeting.recurrence


async def test_posts_of_a_date_that_is_held_again_say_so(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    world = teams.world
    await world.channel("19:a", "pirkanmaa")
    await entered(coordinator, "tiistaisin klo 8.30")
    key = f"{the_series(teams).key}@2026-12-15"
    made = await world.announcements.create(PIRKANMAA, Draft(occurrence=key))
    await world.deliver_all(made.id)
    await coordinator.send({"do": "meeting.cancel", "lang": "fi", "meeting": key, "tell": "true"})
    for one in {row.announcement_id for row in await world.deliveries()}:
        await world.deliver_all(one)
    again = {"day": "2026-12-15", "start": "08:30", "end": "10:00"}
    await coordinator.send({"do": "meeting.add", "lang": "fi", "meeting": key, **again})
    assert "Päivä on lisätty" in coordinator.text
    await coordinator.press("Kerro seuraajille")
    assert not await world.announcements.pending_changes()
    assert len({row.announcement_id for row in await world.deliveries()}) == 3


async def test_forms_of_dates_are_for_those_who_may_change_them(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    await entered(coordinator, "tiistaisin klo 8.30")
    meeting = the_series(teams)
    west = Chat(teams, WEST, conversation="a:west")
    await west.say("add_meeting")
    for do in ("date", "last", "ask"):
        pressed = {"do": f"meeting.{do}", "lang": "fi", "meeting": f"{meeting.key}@2026-12-01"}
        assert "ei ole oikeutta" in ((await west.send(pressed)).sentence or "")


async def test_what_was_moved_keeps_its_announcements_where_it_gets_further_dates(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    world = teams.world
    await world.channel("19:a", "pirkanmaa")
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    key = f"{meeting.key}@2026-12-01"
    later = await world.announcements.create(
        PIRKANMAA, Draft(occurrence=key, send_at="2026-11-25 12:00")
    )
    posted = await world.announcements.create(PIRKANMAA, Draft(occurrence=key))
    await world.deliver_all(posted.id)
    await world.meetings.move(PIRKANMAA, key, "2026-12-08 12:00", "2026-12-08 14:00")
    await world.announcements.tell(PIRKANMAA, key, news=False)
    await coordinator.say("add_meeting")
    for day in ("2026-12-15", "2026-12-01"):
        times = {"day": day, "start": "12:00", "end": "14:00"}
        moved = f"{meeting.key}@2026-12-08"
        await coordinator.send({"do": "meeting.add", "lang": "fi", "meeting": moved, **times})
        assert "Päivä on lisätty" in coordinator.text
    assert not await world.announcements.pending_changes()
    world.set_clock("2026-11-25 12:00")
    assert await world.fire() == 1
    for one in (later, posted):
        snapshot = (await world.row(one.id)).facts
        assert snapshot["day"] == "2026-12-08"


async def test_undoing_a_change_of_all_dates_settles_the_posts_of_each(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    world = teams.world
    await world.channel("19:a", "pirkanmaa")
    await entered(coordinator, "tiistaisin klo 8.30")
    keys = [f"{the_series(teams).key}@2026-12-{day:02}" for day in (8, 15)]
    for key in keys:
        made = await world.announcements.create(PIRKANMAA, Draft(occurrence=key))
        await world.deliver_all(made.id)
    await coordinator.send({"do": "meeting.edit", "lang": "fi", "meeting": keys[0]})
    await coordinator.press("Esikatsele", {"place.fi": "Talo", "scope": "all"})
    await coordinator.press("Tallenna", tell="true")
    for one in {row.announcement_id for row in await world.deliveries()}:
        await world.deliver_all(one)
    await coordinator.press("Kumoa")
    waiting = [row.task for row in await world.deliveries() if row.state == "pending"]
    assert waiting == ["update"] * 4
    await coordinator.press("Kerro seuraajille")
    assert not await world.announcements.pending_changes()
    posts = [row for row in await world.deliveries() if row.task == "post"]
    assert len(posts) == 2


async def test_a_series_does_not_end_before_a_date_that_anybody_announced(
    teams: TeamsFixture, coordinator: Chat
) -> None:
    world = teams.world
    await world.channel("19:u", "uusimaa")
    await entered(coordinator, "tiistaisin klo 8.30")
    key = f"{the_series(teams).key}@2027-01-12"
    await world.announcements.create(NATIONAL, Draft(occurrence=key, networks=("uusimaa",)))
    pressed = {"do": "meeting.end", "lang": "fi", "meeting": key, "last": "2027-01-10"}
    await coordinator.send(pressed)
    assert coordinator.faulty == ["last"]
    assert "tiistaina 12.1.2027" in coordinator.text
    await world.meetings.cancel(PIRKANMAA, key)
    await coordinator.send(pressed)
    assert "Sarjan loppu on tallennettu" in coordinator.text
