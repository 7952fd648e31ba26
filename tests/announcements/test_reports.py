"""What reports say of where an announcement is, is not and may be, on both databases."""

from __future__ import annotations

import itertools
from typing import Any, get_args

import pytest
from sqlalchemy import update

from bot.announcements.errors import WrongState
from bot.announcements.model import API, Change, Draft, Report, State
from bot.announcements.names import Known
from bot.announcements.report_reasons import Trouble
from bot.announcements.report_texts import ReportTexts, all_sentences, to_be_named
from bot.announcements.reports import (
    Standing,
    counts_json,
    delivery_json,
    report_json,
    standing,
    standing_word,
)
from bot.announcements.sender import FAILURES, Failure
from bot.store.states import Outcome
from bot.store.tables import announcement, conversation, delivery

from .world import COFFEE, NATIONAL, NOW, PIRKANMAA, WEST, World, a_chat


async def announced(world: World, *rows: dict[str, Any], state: str = "sent") -> str:
    """An announcement with a channel for each row; gives its id."""
    for number in range(len(rows)):
        await world.channel(f"19:{number}@thread.tacv2", "pirkanmaa")
    made = await world.announcements.create(PIRKANMAA, Draft(occurrence=COFFEE))
    ids = [row.id for row in await world.deliveries(made.id)]
    async with world.database.transaction() as tx:
        for id_, values in zip(ids, rows, strict=True):
            await tx.execute(update(delivery).where(delivery.c.id == id_).values(**values))
        await tx.execute(
            update(announcement)
            .where(announcement.c.id == made.id)
            .values(state=state, finished_at=NOW.timestamp())
        )
    return made.id


async def report(world: World, id_: str) -> Report:
    return await world.announcements.report(PIRKANMAA, id_)


def texts(world: World, names: Known | None = None, language: Any = "en") -> ReportTexts:
    return ReportTexts(world.knowledge(), language, names or {})


HERE = {"state": "delivered", "remote_id": "post-1"}


@pytest.mark.parametrize(
    ("row", "uncertain"),
    [
        (HERE, False),
        ({"state": "delivered", "remote_id": "post-1", "doubts": 1}, True),
        ({"state": "delivered", "remote_id": "", "doubts": 1}, True),
        ({"state": "pending"}, False),
        ({"state": "pending", "doubts": 1}, True),
        ({"state": "held"}, False),
        ({"state": "failed", "error": "refused: no"}, False),
        ({"state": "failed", "remote_id": "post-1", "error": "refused: no"}, True),
        ({"state": "gone", "error": "gone: BotNotInConversationRoster"}, False),
        ({"state": "gone", "remote_id": "post-1"}, True),
        ({"state": "uncertain", "doubts": 2}, True),
        ({"state": "uncertain", "remote_id": ""}, True),
        ({"state": "stopped"}, False),
        ({"state": "stopped", "doubts": 1}, True),
        ({"state": "deleted", "remote_id": "post-1"}, False),
        ({"state": "deleted", "remote_id": "post-1", "doubts": 1}, True),
    ],
)
async def test_a_copy_out_of_reach_is_counted_and_named(
    world: World, row: dict[str, Any], uncertain: bool
) -> None:
    id_ = await announced(world, row, HERE)
    found = await report(world, id_)
    assert found.counts.uncertain == uncertain
    assert counts_json(found.counts)["uncertain"] == uncertain
    assert [one.uncertain for one in found.deliveries] == [uncertain, False]
    assert [one.id for one in found.uncertain] == [found.deliveries[0].id] * uncertain
    told = texts(world, {("msteams", "19:0@thread.tacv2"): "Pirkanmaa › Yleinen"})
    waits = row["state"] == "pending"
    # What waits for its repeat is told of as that, and is not to be looked for yet.
    sentences = told.reasons(found, Trouble.WAITS) if waits else told.uncertain(found)
    assert bool(told.reasons(found, Trouble.WAITS)) is (
        (uncertain and waits) or row["state"] == "held"
    )
    assert bool(told.uncertain(found)) is (uncertain and not waits)
    if uncertain:
        (sentence,) = sentences
        assert "Pirkanmaa › Yleinen" in sentence
    if uncertain and not waits:
        # A name that is not known leaves kind and network.
        (unnamed,) = texts(world).uncertain(found)
        assert "channel (Pirkanmaa)" in unnamed


DOUBTS: dict[str, tuple[dict[str, Any], str]] = {
    "waits": ({"state": "pending", "doubts": 1}, "The bot repeats it once by itself, as soon as"),
    "is being repeated": ({"state": "sending", "doubts": 1}, "then it may be there twice."),
    "a day over": ({"state": "uncertain", "doubts": 1}, "knows whether the announcement is there:"),
    "twice": ({"state": "uncertain", "doubts": 2}, "is there once, twice or not at all: "),
    "stopped": ({"state": "stopped", "doubts": 1}, "knows whether the announcement is there:"),
    "repeat refused": (
        {"state": "failed", "doubts": 1, "error": "refused: no"},
        "knows whether the announcement is there:",
    ),
    "without its id": (
        {"state": "delivered", "remote_id": "", "doubts": 1},
        "a copy may stand that can neither be changed nor deleted from here",
    ),
    "a second one": (
        {"state": "delivered", "remote_id": "post-1", "doubts": 1},
        "a copy may stand that can neither be changed nor deleted from here",
    ),
}


@pytest.mark.parametrize("what", DOUBTS)
async def test_a_doubt_is_told_as_what_it_is(world: World, what: str) -> None:
    row, told = DOUBTS[what]
    row = {"error": "in_doubt: the connection broke", **row}
    waits = row["state"] in ("pending", "sending")
    id_ = await announced(world, row, HERE, state="sending" if waits else "sent")
    found = await report(world, id_)
    (one, _) = found.deliveries
    sentences = all_sentences(found, texts(world))
    assert told in "\n".join(sentences)
    # It is never under what says that it is surely not there, nor among those named so.
    assert texts(world).reasons(found, Trouble.NOT_THERE) == []
    assert found.missing == ()
    everything = "\n".join(
        (*sentences, str(delivery_json(one, found.announcement.state)["reason"]))
    )
    assert "not sent again" not in everything
    assert ("once, twice" in everything) is (row["doubts"] == 2)
    assert ("by itself" in everything) is waits
    assert ("look" in everything.lower()) is not waits


async def test_doubts_are_counted_and_named_by_what_they_are(world: World) -> None:
    twice = {"state": "uncertain", "doubts": 2, "error": "in_doubt: x"}
    over = {"state": "uncertain", "doubts": 1, "error": "in_doubt: the channel was away for a day"}
    id_ = await announced(world, *[twice] * 30, over, {**HERE, "doubts": 1})
    found = await report(world, id_)
    names = {("msteams", f"19:{number}@thread.tacv2"): f"Kanava {number}" for number in (0, 1, 30)}
    one, two, beside = texts(world, names).uncertain(found)
    assert one.startswith("Of this channel or chat nobody knows")
    assert "channel or chat nobody knows whether the announcement is there: 1 other" in one
    assert two.startswith("Of these 30 channels or chats nobody knows whether")
    assert "Kanava 0, Kanava 1, 18 × channel (Pirkanmaa) and 10 others. Look there" in two
    assert beside.startswith("In this channel or chat a copy may stand")
    for language, word in (("fi", "kahdesti vai ei lainkaan"), ("sv", "två gånger eller inte")):
        assert word in texts(world, language=language).uncertain(found)[1]


HELD_UP = "The bot tries again by itself for up to three days."
FOR_A_DAY = "tries again by itself for a day."


@pytest.mark.parametrize(
    ("row", "told"),
    [
        *(({"state": "pending", "error": f"{code}: x"}, FOR_A_DAY) for code in get_args(Failure)),
        ({"state": "sending", "error": "no_answer: x"}, FOR_A_DAY),
        ({"state": "pending", "error": "As an older version wrote it."}, FOR_A_DAY),
        ({"state": "pending", "error": "gone: x"}, HELD_UP),
        ({"state": "pending", "error": "gone: x", "task": "update", "remote_id": "1"}, FOR_A_DAY),
        ({"state": "pending", "error": "no_answer: x", "doubts": 1}, "repeats it once by itself"),
        ({"state": "held"}, HELD_UP),
        ({"state": "held", "error": "gone: x"}, HELD_UP),
    ],
)
@pytest.mark.parametrize("state", ["sending", "recalled"])
async def test_what_waits_is_said_to_be_tried_again_by_the_bot(
    world: World, row: dict[str, Any], told: str, state: str
) -> None:
    if row.get("error") == "gone: x" and told == FOR_A_DAY and "task" not in row:
        told = HELD_UP
    found = await report(world, await announced(world, row, state=state))
    (one,) = found.deliveries
    reason = delivery_json(one, found.announcement.state)["reason"]
    assert told in reason
    for advice in ("once more", "try again", "Try again", "Shorten", "not help"):
        assert advice not in reason
    assert texts(world).reasons(found, Trouble.WAITS) == [f"1 × channel: {reason}"]


async def test_what_waits_is_counted_and_named(world: World) -> None:
    away = {"state": "pending", "error": "no_answer: The connector answered 404."}
    new = {"state": "pending"}
    rows = [*[away] * 25, {**away, "error": "no_answer: cut"}, {"state": "held"}, new, HERE]
    found = await report(world, await announced(world, *rows, state="sending"))
    assert (found.counts.pending, found.counts.held, found.counts.delivered) == (28, 1, 1)
    names = {("msteams", f"19:{number}@thread.tacv2"): f"Kanava {number}" for number in (0, 26)}
    lines = texts(world, names).reasons(found, Trouble.WAITS)
    assert len(lines) == 2
    assert lines[0].startswith("26 × channel (Kanava 0 and 25 others): Teams or Facebook has not")
    assert lines[1].startswith("1 × channel: Many channels and chats answer at once")
    assert set(lines) <= set(all_sentences(found, texts(world, names)))
    waiting = report_json(found, names)["waiting"]
    assert [one["state"] for one in waiting] == ["pending"] * 20
    assert (waiting[0]["name"], waiting[1]["name"]) == ("Kanava 0", None)
    assert new not in [one["error"] for one in waiting]
    (last,) = [one for one in found.deliveries if one.outcome == "pending" and one.error is None]
    assert delivery_json(last, found.announcement.state)["reason"] is None


NEVER: list[dict[str, Any]] = [
    {"state": "failed", "error": "too_large: x"},
    {"state": "failed", "error": "no_answer: x"},
    {"state": "gone", "error": "gone: ConversationNotFound"},
    {"state": "stopped", "error": "no_answer: x"},
    {"state": "stopped", "error": "begun"},
    {"state": "stopped"},
]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_what_was_never_posted_is_no_failure_of_a_recall(world: World, language: str) -> None:
    back = {"state": "deleted", "remote_id": "post-1"}
    found = await report(world, await announced(world, back, *NEVER, state="recalled"))
    assert standing(found) is State.RECALLED
    assert list(all_sentences(found, texts(world, language=language))) == []
    assert (found.counts.never, found.counts.undone, found.missing) == (6, 0, ())
    # The counts of other systems are as promised.
    assert counts_json(found.counts) == {
        "delivered": 0,
        "gone": 1,
        "failed": 2,
        "pending": 0,
        "uncertain": 0,
    }
    reasons = [delivery_json(one, State.RECALLED)["reason"] for one in found.deliveries]
    nothing = "It never arrived there, so there is nothing to take back."
    assert reasons == [None, nothing, nothing, nothing, None, None, None]
    with pytest.raises(WrongState, match="nothing_failed"):
        await world.announcements.retry(API, found.announcement.id)


@pytest.mark.parametrize("code", get_args(Failure))
async def test_a_recall_that_failed_is_told_and_tried_again_where_something_stands(
    world: World, code: Failure
) -> None:
    stands = {"state": "failed", "error": f"{code}: x", "remote_id": "post-1", "task": "delete"}
    found = await report(world, await announced(world, stands, *NEVER, state="recalled"))
    assert standing(found) is Standing.PARTLY_RECALLED
    (line,) = texts(world).reasons(found, Trouble.NOT_DONE)
    assert line.startswith("1 × channel: ")
    assert "Shorten" not in line
    copies = texts(world).uncertain(found)
    assert bool(copies) is bool(found.counts.uncertain) is (code != "post_missing")
    assert all(line.startswith("In this channel or chat a copy may stand") for line in copies)
    assert (found.counts.undone, found.counts.never) == (1, 6)
    await world.announcements.retry(API, found.announcement.id)
    states = [row.state for row in await world.deliveries(found.announcement.id)]
    assert states == ["pending", *(row["state"] for row in NEVER)]


async def test_a_change_that_failed_is_not_said_to_be_missing(world: World) -> None:
    old = {"state": "failed", "error": "too_large: x", "remote_id": "post-1", "task": "update"}
    found = await report(world, await announced(world, old, HERE))
    assert standing(found) is State.SENT
    assert texts(world).reasons(found, Trouble.NOT_THERE) == []
    (line,) = texts(world, {("msteams", "19:0@thread.tacv2"): "Pirkanmaa › Yleinen"}).reasons(
        found, Trouble.NOT_DONE
    )
    assert line == f"1 × channel (Pirkanmaa › Yleinen): {FAILURES['too_large'].said('en')}"
    assert found.missing == ()
    for state in ("sent", "failed"):
        nowhere = await report(world, await announced(world, old, old, state=state))
        assert standing(nowhere) is Standing.UNCHANGED
        assert standing_word(nowhere).said("en") == "sent, but the last change failed"


async def test_what_waits_for_a_change_is_there(world: World) -> None:
    id_ = await announced(world, HERE, HERE, {"state": "pending"})
    await world.announcements.change(PIRKANMAA, id_, Change(note={"fi": "Huomenna."}))
    found = await report(world, id_)
    assert (found.counts.pending, found.counts.changing) == (3, 2)


async def test_what_was_stopped_is_not_told_to_be_tried_again(world: World) -> None:
    tried = {"state": "pending", "error": "no_answer: x", "attempts": 3}
    large = {"state": "failed", "error": "too_large: x"}
    over = {"state": "failed", "error": "no_answer: x"}
    waits = {"state": "pending", "remote_id": "post-1", "error": "no_answer: x", "task": "update"}
    id_ = await announced(world, tried, {"state": "held"}, large, over, waits, state="sending")
    await world.announcements.stop(PIRKANMAA, id_)
    found = await report(world, id_)
    assert (found.counts.stopped, found.counts.failed, found.counts.delivered) == (2, 2, 1)
    assert sorted(texts(world).reasons(found, Trouble.NOT_THERE)) == [
        "1 × channel: Teams or Facebook did not take the message, though it was tried again and "
        "again.",
        "1 × channel: The message is too long for Teams.",
    ]
    reasons = [delivery_json(one, State.CANCELLED)["reason"] for one in found.deliveries]
    assert (reasons[0], reasons[1], reasons[4]) == (None, None, None)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_nothing_is_called_recalled_that_may_stand(world: World, language: str) -> None:
    """Every state after a recall with every kind of row that admits a copy, and without one."""
    states: dict[str, dict[str, Any]] = {
        "deleted": {"state": "deleted", "remote_id": "post-1"},
        "extra": {"state": "deleted", "remote_id": "post-1", "doubts": 1},
        "uncertain": {"state": "uncertain", "doubts": 1},
        "failed": {"state": "failed", "remote_id": "post-1", "error": "no_answer: x"},
        "gone": {"state": "gone", "remote_id": "post-1"},
        "waiting": {"state": "pending", "task": "delete", "remote_id": "post-1"},
        "held": {"state": "held", "task": "delete", "remote_id": "post-1"},
    }
    word = {"fi": "peruttu", "sv": "återkallat", "en": "recalled"}[language]
    clean = await report(world, await announced(world, *[states["deleted"]] * 7, state="recalled"))
    assert standing(clean) is State.RECALLED
    assert standing_word(clean).said(language).startswith(word)
    ids = [row.id for row in await world.deliveries(clean.announcement.id)]
    for first, second in itertools.product(states, states):
        if first == second == "deleted":
            continue
        async with world.database.transaction() as tx:
            for id_, values in zip(ids, (states[first], states[second]), strict=False):
                base: dict[str, Any] = {"doubts": 0, "remote_id": None, "error": None}
                await tx.execute(
                    update(delivery).where(delivery.c.id == id_).values({**base, **values})
                )
        found = await report(world, clean.announcement.id)
        waits = {"waiting", "held"} & {first, second}
        assert standing(found) is (Standing.RECALLING if waits else Standing.PARTLY_RECALLED)
        assert standing_word(found) != standing_word(clean)


async def test_what_was_sent_to_nobody_is_not_called_sent_without_more(world: World) -> None:
    gone = await report(world, await announced(world, {"state": "gone"}))
    assert standing(gone) is Standing.REACHED_NOBODY
    doubt = await report(world, await announced(world, {"state": "uncertain", "doubts": 2}))
    assert standing(doubt) is Standing.UNKNOWN
    assert standing(await report(world, await announced(world, HERE))) is State.SENT
    failed = {"state": "failed", "error": "refused: no"}
    refused = await report(world, await announced(world, failed, state="failed"))
    assert standing(refused) is State.FAILED
    rows = (failed, {"state": "uncertain", "doubts": 2})
    perhaps = await report(world, await announced(world, *rows, state="failed"))
    assert standing(perhaps) is Standing.UNKNOWN


async def test_reasons_are_those_of_all_deliveries_not_of_a_page(world: World) -> None:
    refused = {"state": "failed", "error": "refused: no"}
    rows: list[dict[str, Any]] = [HERE] * 110 + [
        refused,
        {"state": "failed", "error": "refused: no, said differently"},
        {"state": "gone", "error": "gone: ConversationNotFound"},
        {"state": "gone"},
        {"state": "stopped", "error": "begun"},
        {"state": "stopped"},
        {"state": "uncertain", "doubts": 2, "error": "in_doubt: the connection broke"},
    ]
    found = await report(world, await announced(world, *rows))
    assert len(found.deliveries) == 100
    assert sorted(texts(world).reasons(found, Trouble.NOT_THERE)) == sorted(
        f"{times} × channel: {FAILURES[code].said('en')}"
        for code, times in (("refused", 2), ("gone", 2), ("begun", 1))
    )
    place = ("msteams", "19:110@thread.tacv2")
    assert f"2 × channel (Tiimi › Kanava and 1 other): {FAILURES['refused'].said('en')}" in texts(
        world, {place: "Tiimi › Kanava"}
    ).reasons(found, Trouble.NOT_THERE)
    assert (found.counts.stopped, len(found.arrived)) == (2, 20)
    where = texts(world, {("msteams", "19:3@thread.tacv2"): "Tiimi › Kolmas"}).arrived(found)
    assert where == ["It is here: Tiimi › Kolmas and 109 others"]


async def test_a_conversation_that_was_forgotten_is_still_told_of(world: World) -> None:
    id_ = await announced(world, {"state": "gone", "remote_id": "post-1"})
    async with world.database.transaction() as tx:
        await tx.execute(conversation.delete())
    found = await report(world, id_)
    (one,) = found.uncertain
    assert one.target is None
    assert "channel (Pirkanmaa)" in texts(world).uncertain(found)[0]


async def suspend(world: World, remote_id: str, day: str) -> None:
    """The channel says of a conversation that the bot is not there."""
    async with world.database.transaction() as tx:
        since = NOW.fromisoformat(f"{day}T12:00:00+00:00").timestamp()
        await tx.execute(
            update(conversation)
            .where(conversation.c.remote_id == remote_id)
            .values(suspended_at=since, gone_code="ConversationNotFound")
        )


async def test_who_could_not_be_reached_is_told_to_the_coordinators_of_their_networks(
    world: World,
) -> None:
    id_ = await announced(world, HERE, HERE, HERE)
    await world.channel("19:west@thread.tacv2", "lansi-suomi")
    await suspend(world, "19:0@thread.tacv2", "2026-12-03")
    await suspend(world, "19:1@thread.tacv2", "2026-12-03")
    await suspend(world, "19:2@thread.tacv2", "2026-12-05")
    await suspend(world, "19:west@thread.tacv2", "2026-12-04")
    names = {
        ("msteams", "19:0@thread.tacv2"): "Pirkanmaa › Yleinen",
        ("msteams", "19:1@thread.tacv2"): "Pirkanmaa › Kahvit",
        ("msteams", "19:west@thread.tacv2"): "Länsi › Yleinen",
    }
    own = await world.announcements.suspended(PIRKANMAA)
    assert own.number == 3
    assert texts(world, names).suspended(own) == [
        "These 2 channels or chats could not be reached since 3 December 2026: "
        "Pirkanmaa › Yleinen and Pirkanmaa › Kahvit.",
        "This channel or chat could not be reached since 5 December 2026: channel (Pirkanmaa).",
        "Each announcement is tried there all the same. Is the bot still in the team?",
    ]
    finnish = texts(world, names, "fi").suspended(own)
    assert "3.12.2026" in finnish[0]
    assert "3 december 2026" in texts(world, names, "sv").suspended(own)[0]
    assert [one.target.remote_id for one in (await world.announcements.suspended(WEST)).first] == [
        "19:west@thread.tacv2"
    ]
    assert (await world.announcements.suspended(NATIONAL)).number == 4
    found = await report(world, id_)
    assert found.suspended == own
    assert {one.suspended_at is not None for one in found.deliveries} == {True}
    preview = await world.announcements.dry_run(PIRKANMAA, Draft(occurrence=COFFEE))
    assert (preview.receivers, preview.suspended) == (3, own)


async def test_channels_that_follow_networks_of_others_are_not_named(world: World) -> None:
    await world.channel("19:own@thread.tacv2", "pirkanmaa")
    await world.channel("19:west@thread.tacv2", "lansi-suomi")
    await world.channel("19:west-away@thread.tacv2", "lansi-suomi")
    await suspend(world, "19:west-away@thread.tacv2", "2026-12-03")
    draft = Draft(occurrence=COFFEE, networks=("pirkanmaa", "lansi-suomi"))
    made = await world.announcements.create(NATIONAL, draft)
    for state, posted in (("delivered", "post-1"), ("uncertain", ""), ("failed", None)):
        async with world.database.transaction() as tx:
            await tx.execute(
                update(delivery).values(state=state, remote_id=posted, error="gone: x")
            )
        for who, places in ((PIRKANMAA, {"own"}), (NATIONAL, {"own", "west", "west-away"})):
            found = await world.announcements.report(who, made.id)
            named = {one.remote_id.partition("@")[0][3:] for one in to_be_named(found)}
            assert named == places
            assert len(found.deliveries) == 3


async def test_of_many_who_could_not_be_reached_some_are_named(world: World) -> None:
    for number in range(25):
        await world.channel(f"19:{number}@thread.tacv2", "pirkanmaa")
        await suspend(world, f"19:{number}@thread.tacv2", f"2026-12-{1 + number // 3:02}")
    found = await world.announcements.suspended(PIRKANMAA)
    assert (found.number, len(found.first)) == (25, 20)
    told = texts(world).suspended(found)
    assert told[0].endswith("since 1 December 2026: 3 × channel (Pirkanmaa).")
    assert "Nor could 10 others be reached." in told


async def test_a_chat_of_one_person_has_no_name_and_no_id_in_what_is_told(world: World) -> None:
    await world.subscriptions.follow(a_chat("a:secret"), "pirkanmaa", None)
    await suspend(world, "a:secret", "2026-12-03")
    found = await world.announcements.suspended(PIRKANMAA)
    (sentence, _) = texts(world).suspended(found)
    assert "chat (Pirkanmaa)" in sentence
    assert "secret" not in sentence


async def test_what_a_command_tells_is_all_of_it(world: World) -> None:
    id_ = await announced(world, {"state": "failed", "error": "too_large: x", "doubts": 1}, HERE)
    await suspend(world, "19:0@thread.tacv2", "2026-12-03")
    found = await report(world, id_)
    told = "\n".join(all_sentences(found, texts(world)))
    for part in ("nobody knows whether", "too long for Teams", "since 3 December 2026"):
        assert part in told
    names = {("msteams", "19:0@thread.tacv2"): "Pirkanmaa › Yleinen"}
    found_json = report_json(found, names)
    assert found_json["counts"]["uncertain"] == 1
    (uncertain,) = found_json["uncertain"]
    assert (uncertain["name"], uncertain["state"]) == ("Pirkanmaa › Yleinen", Outcome.FAILED)
    assert uncertain["reason"] == FAILURES["too_large"].said("en")
    assert uncertain["unreachable_since"] == "2026-12-03T12:00:00+00:00"
    assert found_json["unreachable"] == [
        {
            "kind": "channel",
            "networks": ["pirkanmaa"],
            "since": "2026-12-03T12:00:00+00:00",
            "name": "Pirkanmaa › Yleinen",
        }
    ]


async def test_what_is_only_in_doubt_can_still_be_recalled(world: World) -> None:
    id_ = await announced(world, {"state": "uncertain", "doubts": 2})
    recalled = await world.announcements.recall(API, id_)
    assert recalled.state is State.RECALLED
    assert standing(await report(world, id_)) is Standing.PARTLY_RECALLED
    with pytest.raises(WrongState) as error:
        await world.announcements.recall(API, id_)
    assert "recalled as far as it can be reached" in error.value.said("en")
