"""What coordinators enter of persons and networks: rights, history, undo, every replica."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.announcements.content_editing import ContentEditor, exported
from bot.announcements.errors import AnnouncementError, Invalid, NotAllowed, NotFound, WrongState
from bot.announcements.meeting_editing import MeetingEditor
from bot.announcements.model import COMMAND, Action, By, Identity
from bot.announcements.retention import purge
from bot.knowledge.fields import as_yaml
from bot.knowledge.loader import build_value
from bot.knowledge.models import Person
from bot.knowledge.overlay import Kind
from bot.knowledge.question_pairs import Question
from bot.knowledge.yaml_source import read_yaml
from bot.store.tables import overlay, overlay_change, record
from bot.understanding.interpreter import MessageContext
from bot.understanding.reloader import ContentReloader, Snapshot
from tests.answers.asking import KNOWLEDGE

from .world import GUEST, MEMBER, NATIONAL, NOW, ONE_TIME, PIRKANMAA, WEST, World

WHO = "pilvi-kuitu"
PERSON, NETWORK = Kind.PERSON, Kind.NETWORK
NEW: dict[str, Any] = {
    "name": "Uuno Uusikumpu",
    "role": {"fi": "koordinaattori", "sv": "koordinator", "en": "coordinator"},
    "organisation": {"fi": "Yhdistys", "sv": "Förening", "en": "Association"},
    "phone": "0400 123 456",
    "networks": ["pirkanmaa"],
    "source": {"title": {"fi": "Oma ilmoitus", "sv": "Egen uppgift", "en": "Own word"}},
}


def editor(world: World, snapshot: Snapshot | None = None) -> ContentEditor:
    """The editor of one replica."""
    read = world.another_reloader()
    if snapshot is not None:
        read = ContentReloader(read.folders, snapshot)
    return ContentEditor(world.database, read, world.coordinators)


@pytest.fixture
def content(world: World, deaf: None) -> ContentEditor:
    return editor(world)


def changed(content: ContentEditor, kind: Kind = PERSON, key: str = WHO, **new: Any) -> Any:
    fields = {**(content.fields(kind, key) or {}), **new}
    return {name: value for name, value in fields.items() if value is not None}


async def rows_of(world: World, table: Any) -> list[Any]:
    async with world.database.reading() as tx:
        return list(await tx.execute(select(table)))


async def test_what_is_entered_is_told_at_once_and_by_every_replica(
    world: World, snapshot: Snapshot
) -> None:
    content, other = editor(world, snapshot), editor(world, snapshot)
    await other.refresh()
    before = content.knowledge.people[WHO]
    await content.put(PIRKANMAA, PERSON, WHO, changed(content, phone="0400 111 222"))
    await content.put(PIRKANMAA, PERSON, "uuno-uusikumpu", NEW)
    for one in (content, other):
        await one.refresh()
        assert one.knowledge.people[WHO].phone == "0400 111 222"
        assert one.knowledge.people[WHO].email == before.email
        interpreter = one._reloader.snapshot.interpreter
        found = interpreter.understand("Uuno Uusikummun puhelin?", MessageContext(NOW.date()))
        assert found.requests[0].entities.persons == ("uuno-uusikumpu",)
    assert not await other.refresh()


async def test_who_leaves_is_gone_at_once_and_comes_back_by_undo(content: ContentEditor) -> None:
    number = await content.put(PIRKANMAA, PERSON, WHO, None)
    assert WHO not in content.knowledge.people
    with pytest.raises(NotFound):
        await content.put(PIRKANMAA, PERSON, WHO, None)
    undone = await content.undo(PIRKANMAA, number)
    assert WHO in content.knowledge.people
    # And an undo can be undone.
    await content.undo(PIRKANMAA, undone)
    assert WHO not in content.knowledge.people


async def test_the_history_tells_who_when_before_and_after(
    content: ContentEditor, world: World
) -> None:
    first = await content.put(PIRKANMAA, PERSON, WHO, changed(content, phone="0400 111 222"))
    world.set_clock("2026-12-01 12:00")
    second = await content.put(NATIONAL, PERSON, WHO, changed(content, phone="0400 333 444"))
    newest, oldest = await content.history(PIRKANMAA, PERSON, WHO)
    assert (newest.number, newest.who, newest.by) == (second, NATIONAL, By.COORDINATOR)
    assert (oldest.number, oldest.who, oldest.at) == (first, PIRKANMAA, NOW)
    assert newest.at.isoformat() == "2026-12-01T10:00:00+00:00"
    assert newest.action is oldest.action is Action.CONTENT_CHANGED
    assert oldest.before is None
    assert oldest.after == newest.before
    assert newest.after is not None
    assert newest.after["body"] == {"phone": "0400 333 444"}
    assert newest.after["over"] == {"phone": "0400 433 722"}
    assert await content.history(WEST, PERSON, WHO) == ()
    # The record says it too, without a person's name.
    assert {row.subject for row in await rows_of(world, record)} == {"person"}
    # Only the newest can be undone.
    with pytest.raises(WrongState) as refused:
        await content.undo(PIRKANMAA, first)
    assert refused.value.code == "entered_meanwhile"
    back = await content.undo(PIRKANMAA, second)
    assert content.knowledge.people[WHO].phone == "0400 111 222"
    await content.undo(PIRKANMAA, back)
    assert content.knowledge.people[WHO].phone == "0400 333 444"
    with pytest.raises(NotFound):
        await content.undo(PIRKANMAA, 999_999)


async def test_going_back_to_what_the_file_says_leaves_nothing_over_it(
    content: ContentEditor, world: World
) -> None:
    original = content.fields(PERSON, WHO)
    await content.put(PIRKANMAA, PERSON, WHO, changed(content, phone="0400 111 222"))
    await content.put(PIRKANMAA, PERSON, WHO, original)
    assert await rows_of(world, overlay) == []
    assert content.fields(PERSON, WHO) == original


async def test_only_coordinators_of_all_networks_may(content: ContentEditor) -> None:
    both = {**NEW, "networks": ["pirkanmaa", "uusimaa"]}
    shared = await content.put(NATIONAL, PERSON, "shared", both)
    network = changed(content, NETWORK, "pirkanmaa", email="verkosto@example.org")
    one = await content.put(PIRKANMAA, NETWORK, "pirkanmaa", network)
    for who in (MEMBER, WEST, GUEST, Identity(PIRKANMAA.id, "another-tenant")):
        for kind, key, wanted in (
            (PERSON, WHO, changed(content, phone="0400 111 222")),
            (PERSON, WHO, None),
            (PERSON, "uuno", NEW),
            (NETWORK, "pirkanmaa", network),
        ):
            with pytest.raises(NotAllowed):
                await content.put(who, kind, key, wanted)
        with pytest.raises(NotAllowed):
            await content.undo(who, one)
    # Part of the networks is not enough: neither to take somebody over, nor to give them away.
    for wanted in (changed(content, key="shared", name="Toinen"), None, NEW):
        with pytest.raises(NotAllowed):
            await content.put(PIRKANMAA, PERSON, "shared", wanted)
    with pytest.raises(NotAllowed):
        await content.put(PIRKANMAA, PERSON, "uuno", both)
    with pytest.raises(NotAllowed):
        await content.undo(PIRKANMAA, shared)
    with pytest.raises(NotAllowed):
        content.preview(PIRKANMAA, PERSON, "shared", None)
    assert content.knowledge.people["shared"].name == NEW["name"]
    assert WHO in content.knowledge.people


async def test_a_right_that_was_taken_is_gone_for_what_was_begun(
    content: ContentEditor, world: World
) -> None:
    number = await content.put(PIRKANMAA, PERSON, WHO, changed(content, phone="0400 111 222"))
    world.file.write_text("coordinators: []\n")
    world.coordinators.reload()
    with pytest.raises(NotAllowed):
        await content.undo(PIRKANMAA, number)
    assert content.knowledge.people[WHO].phone == "0400 111 222"


async def test_of_a_network_only_what_is_told_can_be_changed(content: ContentEditor) -> None:
    for new in ({"name": {"fi": "a", "sv": "b", "en": "c"}}, {"regions": ["uusimaa"]}):
        fields = changed(content, NETWORK, "pirkanmaa", **new)
        with pytest.raises(NotAllowed):
            await content.put(PIRKANMAA, NETWORK, "pirkanmaa", fields)
    with pytest.raises(NotAllowed):
        await content.put(NATIONAL, NETWORK, "uusi", changed(content, NETWORK, "pirkanmaa"))
    with pytest.raises(NotFound):
        await content.put(NATIONAL, NETWORK, "pirkanmaa", None)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"name": "\u202e\u202e"}, "name"),
    ({"role": {"fi": "vain suomeksi"}}, "role.sv"),
    ({"phone": "soita"}, "phone"),
    ({"email": "pilvi(at)example.org"}, "email"),
    ({"networks": ["uusi"]}, "networks.0"),
    ({"networks": []}, "networks"),
    ({"regions": ["marsi"]}, "regions.0"),
    ({"valid_until": "31.12.2026"}, "valid_until"),
    ({"name": "x" * 4001}, "meeting"),
    ({"surprise": "x"}, "surprise"),
    ({"key": "own"}, "key"),
]


@pytest.mark.parametrize(("new", "field"), WRONG)
async def test_what_a_file_may_not_say_is_refused_with_its_field(
    new: dict[str, Any], field: str, content: ContentEditor, world: World
) -> None:
    with pytest.raises((Invalid, NotAllowed)) as refused:
        await content.put(NATIONAL, PERSON, WHO, {**changed(content), **new})
    assert isinstance(refused.value, Invalid)
    assert refused.value.field == field
    assert refused.value.said("fi") != refused.value.said("en")
    assert await rows_of(world, overlay) == []


async def test_of_two_who_saw_the_same_the_second_is_told(content: ContentEditor) -> None:
    seen = await content.newest(PERSON, WHO)
    await content.put(PIRKANMAA, PERSON, WHO, changed(content, phone="0400 111 222"), seen=seen)
    with pytest.raises(WrongState) as refused:
        await content.put(NATIONAL, PERSON, WHO, changed(content, phone="0400 3"), seen=seen)
    assert refused.value.code == "entered_meanwhile"
    assert content.knowledge.people[WHO].phone == "0400 111 222"


async def test_replicas_that_write_at_once_lose_nothing(
    content: ContentEditor, world: World, deaf: None
) -> None:
    editors = [content, *(editor(world) for _ in range(3))]
    fields = changed(content)

    async def enter(number: int) -> int:
        phone = {**fields, "phone": f"0400 111 22{number}"}
        return await editors[number].put(NATIONAL, PERSON, WHO, phone, seen=0)

    done = await asyncio.gather(*map(enter, range(4)), return_exceptions=True)
    refused = [one for one in done if isinstance(one, AnnouncementError)]
    (number,) = (one for one in done if isinstance(one, int))
    assert [one.code for one in refused] == ["entered_meanwhile"] * 3
    won = done.index(number)
    for one in editors:
        await one.refresh()
        assert one.knowledge.people[WHO].phone == f"0400 111 22{won}"
    # Without having seen anything, each is written, one after the other.
    phones = [{**fields, "phone": f"0400 111 33{number}"} for number in range(4)]
    await asyncio.gather(
        *(one.put(NATIONAL, PERSON, WHO, new) for one, new in zip(editors, phones, strict=True))
    )
    history = await content.history(NATIONAL, PERSON, WHO)
    assert len(history) == 5
    for after, before in itertools.pairwise(history):
        assert after.before == before.after


async def test_a_failed_change_leaves_nothing(content: ContentEditor, world: World) -> None:
    async with world.database.reading() as tx:
        before = await tx.scalar(select(func.count()).select_from(overlay_change))
    with pytest.raises(WrongState):
        await content.put(PIRKANMAA, PERSON, WHO, changed(content, phone="0400 1"), seen=17)
    assert await rows_of(world, overlay) == await rows_of(world, record) == []
    assert before == 0 == len(await rows_of(world, overlay_change))


async def test_a_row_that_fits_no_more_leaves_the_last_good_state(
    content: ContentEditor, world: World, deaf: None
) -> None:
    await content.put(PIRKANMAA, PERSON, WHO, changed(content, phone="0400 111 222"))
    async with world.database.transaction() as tx:
        strange = {"phone": "0400 111 222", "pigeon": "grey"}
        await tx.execute(update(overlay).values(body=strange))
        await tx.execute(overlay.insert().values(kind="song", key="a", change=0, updated_at=1))
    content._revision = None
    await content.refresh()
    assert content.knowledge.people[WHO].phone == "0400 111 222"
    problems = content._reloader.entry_problems
    assert "`pigeon`" in problems[0].said("en")
    assert len(problems) == 1
    # A server that starts then serves what the file says.
    started = editor(world)
    await started.refresh()
    assert started.knowledge.people[WHO] == KNOWLEDGE.people[WHO]


async def test_preview_changes_nothing_and_refuses_what_saving_would(
    content: ContentEditor, world: World
) -> None:
    shown = content.preview(PIRKANMAA, PERSON, WHO, changed(content, phone="0400 111 222"))
    assert shown.people[WHO].phone == "0400 111 222"
    assert WHO not in content.preview(PIRKANMAA, PERSON, WHO, None).people
    with pytest.raises(Invalid):
        content.preview(PIRKANMAA, PERSON, WHO, changed(content, phone="x"))
    with pytest.raises(NotAllowed):
        content.preview(WEST, PERSON, WHO, changed(content))
    assert content.knowledge.people[WHO].phone == "0400 433 722"
    assert await rows_of(world, overlay) == []


async def test_export_gives_whole_files_that_make_the_same(
    content: ContentEditor, world: World, deaf: None, tmp_path: Path
) -> None:
    await content.put(PIRKANMAA, PERSON, WHO, changed(content, phone="0400 111 222"))
    await content.put(PIRKANMAA, PERSON, "uuno-uusikumpu", NEW)
    await content.put(PIRKANMAA, PERSON, "pilvi-nissila", None)
    files = await exported(world.database, KNOWLEDGE)
    assert files.keys() == {
        "people/pilvi-kuitu.yaml",
        "people/uuno-uusikumpu.yaml",
        "people/pilvi-nissila.yaml",
    }
    assert files["people/pilvi-nissila.yaml"] is None
    for key in (WHO, "uuno-uusikumpu"):
        path = tmp_path / f"{key}.yaml"
        path.write_text(files[f"people/{key}.yaml"] or "", "utf-8")
        assert build_value(Person, key, read_yaml(path).data) == content.knowledge.people[key]
    # Once the files say it, nothing is left to export.
    assert await exported(world.database, content.knowledge) == {}
    assert as_yaml(NEW) == files["people/uuno-uusikumpu.yaml"]


async def test_a_coordinator_can_be_forgotten_and_what_they_entered_stays(
    content: ContentEditor, world: World
) -> None:
    await content.put(PIRKANMAA, PERSON, WHO, changed(content, phone="0400 111 222"))
    await world.announcements.forget(PIRKANMAA)
    (change,) = await content.history(NATIONAL, PERSON, WHO)
    assert (change.who, change.by) == (None, By.COORDINATOR)
    assert PIRKANMAA.id not in str(await rows_of(world, overlay_change))
    await content.refresh()
    assert content.knowledge.people[WHO].phone == "0400 111 222"


async def test_history_is_kept_for_a_time_and_of_who_is_gone_for_a_month(
    content: ContentEditor, world: World
) -> None:
    await content.put(PIRKANMAA, PERSON, "uuno-uusikumpu", NEW)
    await content.put(PIRKANMAA, PERSON, WHO, changed(content, phone="0400 111 222"))
    world.set_clock("2027-01-15 12:00")
    gone = await content.put(PIRKANMAA, PERSON, "uuno-uusikumpu", None)
    world.set_clock("2027-02-10 12:00")
    assert (await purge(world.database, 24, dry_run=True)).history == 0
    assert (await purge(world.database, 24)).history == 0
    world.set_clock("2027-02-20 12:00")
    assert (await purge(world.database, 24, dry_run=True)).history == 2
    assert (await purge(world.database, 24)).history == 2
    assert "Uusikumpu" not in str(await rows_of(world, overlay_change))
    with pytest.raises(NotFound) as refused:
        await content.undo(PIRKANMAA, gone)
    assert refused.value.code == "no_change"
    world.set_clock("2028-12-15 12:00")
    assert (await purge(world.database, 24)).history == 1
    await content.refresh()
    assert content.knowledge.people[WHO].phone == "0400 111 222"


async def test_meetings_have_a_history_and_undo_too(world: World) -> None:
    meetings: MeetingEditor = world.meetings
    made = await meetings.add(PIRKANMAA, ONE_TIME)
    await meetings.cancel(PIRKANMAA, f"{made.key}@2026-12-01")
    cancelled, added = await meetings.history(PIRKANMAA, Kind.MEETING, made.key)
    assert added.action is Action.MEETING_ADDED
    assert cancelled.action is Action.MEETING_CANCELLED
    await meetings.undo(PIRKANMAA, cancelled.number)
    meeting = world.knowledge().meetings[made.key]
    # Calendars take it for newer than the cancellation.
    assert (meeting.cancelled, meeting.revision) == (False, 2)
    with pytest.raises(NotAllowed):
        await meetings.undo(WEST, (await meetings.newest(Kind.MEETING, made.key)))


async def test_a_command_s_changes_name_nobody(content: ContentEditor) -> None:
    await content.put(COMMAND, PERSON, WHO, changed(content, phone="0400 111 222"))
    (change,) = await content.history(COMMAND, PERSON, WHO)
    assert (change.who, change.by, content.name_of(change)) == (None, By.COMMAND, None)


async def until(done: Callable[[], bool]) -> None:
    """Waits for something; fails where it does not come."""
    for _ in range(600):
        if done():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come")


QUESTION = Kind.QUESTION
PIANO: dict[str, Any] = {
    "question": {"fi": ["Missä flyygeli on?", "Onko talossa pianoa?", "Saako pianolla soittaa?"]},
    "answer": {"fi": "Salissa.\n\n- Se on vireessä."},
    "networks": ["pirkanmaa"],
    "source": {"name": "Talon säännöt", "date": "2026-10"},
}


async def test_a_question_is_answered_by_every_replica_and_has_history_and_undo(
    world: World, snapshot: Snapshot
) -> None:
    content, other = editor(world, snapshot), editor(world, snapshot)

    def heard(one: ContentEditor) -> tuple[str, ...]:
        interpreter = one._reloader.snapshot.interpreter
        found = interpreter.understand("onko talossa pianoa", MessageContext(NOW.date()))
        return found.requests[0].entities.questions

    await other.refresh()
    following = asyncio.create_task(other.follow())
    try:
        first = await content.put(PIRKANMAA, QUESTION, "piano", PIANO)
        assert heard(content) == ("piano",)
        await until(lambda: heard(other) == ("piano",))
        changed = {**PIANO, "answer": {"fi": "Varastossa."}}
        second = await content.put(PIRKANMAA, QUESTION, "piano", changed, seen=first)
        newest, oldest = await content.history(PIRKANMAA, QUESTION, "piano")
        assert [newest.number, oldest.number] == [second, first]
        assert (newest.who, newest.action) == (PIRKANMAA, Action.CONTENT_CHANGED)
        assert [one.number for one in await content.history_of(PIRKANMAA, "pirkanmaa")] == [
            second,
            first,
        ]
        with pytest.raises(WrongState):
            await content.put(PIRKANMAA, QUESTION, "piano", PIANO, seen=first)
        removed = await content.put(PIRKANMAA, QUESTION, "piano", None)
        assert heard(content) == ()
        await content.undo(PIRKANMAA, removed)
        assert content.knowledge.questions["piano"].answer.fi == "Varastossa."
        await until(lambda: "piano" in other.knowledge.questions)
    finally:
        following.cancel()
    assert {row.subject for row in await rows_of(world, record)} == {"question"}


async def test_a_question_is_changed_by_who_keeps_all_its_networks(content: ContentEditor) -> None:
    everywhere = {name: value for name, value in PIANO.items() if name != "networks"}
    for who, fields in (
        (WEST, PIANO),
        (MEMBER, PIANO),
        (PIRKANMAA, {**PIANO, "networks": ["pirkanmaa", "uusimaa"]}),
        (PIRKANMAA, everywhere),
    ):
        with pytest.raises(NotAllowed):
            await content.put(who, QUESTION, "piano", fields)
        with pytest.raises(NotAllowed):
            content.preview(who, QUESTION, "piano", fields)
    number = await content.put(NATIONAL, QUESTION, "piano", everywhere)
    for attempt in (PIANO, None):
        with pytest.raises(NotAllowed):
            await content.put(PIRKANMAA, QUESTION, "piano", attempt)
    with pytest.raises(NotAllowed):
        await content.undo(PIRKANMAA, number)
    assert await content.history(PIRKANMAA, QUESTION, "piano") == ()
    assert await content.history_of(PIRKANMAA, "pirkanmaa") == ()
    # From all to one takes the right to all; then it is that one's.
    await content.put(NATIONAL, QUESTION, "piano", PIANO)
    await content.put(PIRKANMAA, QUESTION, "piano", {**PIANO, "valid_until": "2027-01-31"})
    with pytest.raises(NotAllowed):
        await content.put(WEST, QUESTION, "piano", None)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"question": {}}, "question"),
        ({"answer": {}}, "answer"),
        ({"networks": ["nowhere"]}, "networks.0"),
        ({"valid_until": "huomenna"}, "valid_until"),
        ({"question": {"fi": ["Onko talossa pianoa?"]}}, "question.fi.0"),
    ],
)
async def test_what_a_file_of_questions_may_not_say_is_refused(
    wrong: dict[str, Any], field: str, content: ContentEditor
) -> None:
    await content.put(NATIONAL, QUESTION, "piano", PIANO)
    with pytest.raises(Invalid) as refused:
        await content.put(NATIONAL, QUESTION, "other", {**PIANO, **wrong})
    assert refused.value.field == field
    assert list(content.knowledge.questions) == ["piano"]


async def test_questions_are_exported_as_files_that_load(
    content: ContentEditor, world: World, tmp_path: Path
) -> None:
    await content.put(PIRKANMAA, QUESTION, "piano", {**PIANO, "valid_until": "2027-01-31"})
    files = await exported(world.database, KNOWLEDGE)
    (text,) = (text for path, text in files.items() if path == "questions/piano.yaml")
    assert text is not None
    path = tmp_path / "piano.yaml"
    path.write_text(text, "utf-8")
    read = build_value(Question, "piano", read_yaml(path).data)
    assert read == content.knowledge.questions["piano"]
    # Once the file is there, it is what holds.
    merged = replace(KNOWLEDGE, questions={"piano": read})
    assert await exported(world.database, merged) == {}


async def test_a_meeting_just_entered_is_undone_for_ten_minutes_by_who_did_it(
    world: World,
) -> None:
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    number = await world.meetings.newest(Kind.MEETING, meeting.key)
    for who, code in ((NATIONAL, "entered_meanwhile"), (PIRKANMAA, "too_late")):
        if who is PIRKANMAA:
            world.database.time += 601
        with pytest.raises(WrongState) as refused:
            await world.meetings.undo_lately(who, meeting.key, number)
        assert refused.value.code == code
    await world.meetings.move(
        PIRKANMAA, f"{meeting.key}@{meeting.start.date()}", "2026-12-03 12:00", "2026-12-03 14:00"
    )
    with pytest.raises(NotFound):
        await world.meetings.undo_lately(PIRKANMAA, "another", number + 1)
    await world.meetings.undo_lately(PIRKANMAA, meeting.key, number + 1)
    assert world.knowledge().meetings[meeting.key].start == meeting.start
