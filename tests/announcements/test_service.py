"""An announcement from draft to recall, and who is refused at each step."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.announcements.errors import AnnouncementError, Conflict, Invalid, NotAllowed, WrongState
from bot.announcements.meeting_snapshots import differences
from bot.announcements.model import API, Change, Draft, Identity, Reminder, State
from bot.announcements.post import compose_post
from bot.announcements.retention import purge
from bot.announcements.sender import Target
from bot.answers.plain import plain_text
from bot.knowledge.values import LANGUAGES, Language

from .world import (
    COFFEE,
    GUEST,
    MEMBER,
    MONTHLY,
    NATIONAL,
    ONE_TIME,
    PIRKANMAA,
    TENANT,
    WEST,
    World,
    a_channel,
    a_chat,
)

MEETING = Draft(occurrence=COFFEE, note={"fi": "Tervetuloa!"})
FREE = Draft(title={"fi": "Uutinen"}, text={"fi": "Teksti."}, networks=("pirkanmaa",))


async def test_from_draft_to_recall(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    await world.channel("19:b", "*")
    await world.channel("19:c", "uusimaa")
    service = world.announcements
    draft = await service.draft(PIRKANMAA, MEETING)
    assert draft.state is State.DRAFT
    assert draft.networks == ("pirkanmaa",)
    preview = await service.preview(PIRKANMAA, draft.id)
    assert preview.receivers == 2
    assert [target.remote_id for target in preview.targets] == ["19:a", "19:b"]
    assert preview.targets[0].networks == ("pirkanmaa",)
    assert (await world.deliveries()) == []

    sent = await service.confirm(PIRKANMAA, draft.id)
    assert (sent.state, sent.version, world.woken) == (State.SENDING, 1, 1)
    assert len(await world.deliveries(draft.id)) == 2
    assert service.compose(sent, preview.targets[0]) == preview.post
    with pytest.raises(WrongState):
        await service.confirm(PIRKANMAA, draft.id)
    await world.deliver_all(draft.id)
    report = await service.report(PIRKANMAA, draft.id)
    assert (report.counts.delivered, report.counts.pending) == (2, 0)

    changed = await service.change(PIRKANMAA, draft.id, Change(note={"fi": "Uusi sali."}))
    assert (changed.state, changed.version) == (State.SENDING, 2)
    assert {row.task for row in await world.deliveries(draft.id)} == {"update"}
    assert "Uusi sali." in plain_text(service.compose(changed, preview.targets[0]))
    await world.deliver_all(draft.id)

    recalled = await service.recall(PIRKANMAA, draft.id)
    assert recalled.state is State.RECALLED
    assert {row.task for row in await world.deliveries(draft.id)} == {"delete"}
    with pytest.raises(WrongState):
        await service.recall(PIRKANMAA, draft.id)


async def test_the_post_holds_what_was_asked_for(world: World) -> None:
    draft = await world.announcements.draft(PIRKANMAA, MEETING)
    post = (await world.announcements.preview(PIRKANMAA, draft.id)).post
    text = plain_text(post)
    for part in (
        "Tervetuloa!",
        "Milloin: torstaina 10.12.2026 klo 8.30–10.00",
        "Osallistu verkossa: https://example.org/pirkanmaa/aamukahvit",
        "Lisätietoja: ",
    ):
        assert part in text, text
    assert [action.title for action in post.actions] == ["Lisää kalenteriin"]
    assert post.actions[0].url == (
        f"https://bot.example.org/calendar/meetings/{COFFEE}.ics?lang=fi"
    )


Step = Callable[[World, Identity, str], Awaitable[object]]
STEPS: dict[str, Step] = {
    "draft": lambda world, who, _: world.announcements.draft(who, MEETING),
    "draft of all": lambda world, who, _: world.announcements.draft(
        who, replace(FREE, networks=())
    ),
    "dry_run": lambda world, who, _: world.announcements.dry_run(who, MEETING),
    "create": lambda world, who, _: world.announcements.create(who, FREE),
    "create again": lambda world, who, _: world.announcements.create(who, FREE, "key-1"),
    "edit": lambda world, who, id_: world.announcements.edit(who, id_, FREE),
    "preview": lambda world, who, id_: world.announcements.preview(who, id_),
    "confirm": lambda world, who, id_: world.announcements.confirm(who, id_),
    "change": lambda world, who, id_: world.announcements.change(who, id_, Change(note={})),
    "differences": lambda world, who, id_: world.announcements.differences(who, id_),
    "update": lambda world, who, id_: world.announcements.update(who, id_),
    "recall": lambda world, who, id_: world.announcements.recall(who, id_),
    "stop": lambda world, who, id_: world.announcements.stop(who, id_),
    "retry": lambda world, who, id_: world.announcements.retry(who, id_),
    "report": lambda world, who, id_: world.announcements.report(who, id_),
    "progress": lambda world, who, id_: world.announcements.show_progress(who, id_, {}),
    "other card": lambda world, who, id_: world.announcements.hide_progress(who, id_, "7"),
}


@pytest.mark.parametrize(
    "who",
    [
        MEMBER,
        WEST,
        GUEST,
        Identity(PIRKANMAA.id, GUEST.tenant),
        Identity(PIRKANMAA.id),
        Identity("api", TENANT),
    ],
    ids=["member", "other network", "other tenant", "forged tenant", "no tenant", "named api"],
)
async def test_nobody_else_can_do_any_step(world: World, who: Identity) -> None:
    await world.channel("19:a", "pirkanmaa")
    draft = await world.announcements.draft(PIRKANMAA, MEETING)
    keyed = await world.announcements.create(API, FREE, "key-1")

    async def kept() -> list[object]:
        return [await world.row(draft.id), await world.row(keyed.id), await world.deliveries()]

    before = await kept()
    for step, do in STEPS.items():
        with pytest.raises(NotAllowed) as refused:
            await do(world, who, draft.id)
        assert await kept() == before, step
        assert all(refused.value.said(language) for language in LANGUAGES)


async def test_a_draft_is_its_authors_alone(world: World) -> None:
    draft = await world.announcements.draft(PIRKANMAA, MEETING)
    with pytest.raises(NotAllowed):
        await world.announcements.confirm(NATIONAL, draft.id)
    assert await world.announcements.listing(NATIONAL) == ()
    (own,) = await world.announcements.listing(PIRKANMAA)
    assert own.announcement.id == draft.id


async def test_a_right_that_was_lost_meanwhile_is_lost(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    draft = await world.announcements.draft(PIRKANMAA, MEETING)
    world.file.write_text("coordinators: []\n", encoding="utf-8")
    world.coordinators.reload()
    with pytest.raises(NotAllowed):
        await world.announcements.confirm(PIRKANMAA, draft.id)
    assert await world.deliveries() == []


async def test_a_broader_draft_needs_the_right_to_all_of_it(world: World) -> None:
    with pytest.raises(NotAllowed):
        await world.announcements.draft(PIRKANMAA, replace(FREE, networks=("pirkanmaa", "uusimaa")))
    draft = await world.announcements.draft(PIRKANMAA, FREE)
    with pytest.raises(NotAllowed):
        await world.announcements.edit(PIRKANMAA, draft.id, replace(FREE, networks=("*",)))
    assert (await world.row(draft.id)).networks == ["pirkanmaa"]


async def test_an_old_card_played_again_sends_nothing_twice(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    draft = await world.announcements.draft(PIRKANMAA, MEETING)
    results = await asyncio.gather(
        *(world.announcements.confirm(PIRKANMAA, draft.id) for _ in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, WrongState) for result in results) == 4
    assert len(await world.deliveries()) == 1
    await world.deliver_all(draft.id)
    await world.announcements.recall(PIRKANMAA, draft.id)
    for step in ("confirm", "edit", "change", "recall", "stop", "update"):
        with pytest.raises(WrongState):
            await STEPS[step](world, PIRKANMAA, draft.id)


async def test_forged_ids_lead_nowhere(world: World) -> None:
    for id_ in ("", "x", "\0", "../1", "0" * 36, "' or 1=1"):
        for step in ("preview", "confirm", "recall", "report"):
            with pytest.raises(AnnouncementError) as refused:
                await STEPS[step](world, NATIONAL, id_)
            assert refused.value.code == "not_found"


WRONG = [
    (Draft(), "title", "missing"),
    (Draft(title={"fi": " \n"}, text={"fi": "T"}), "title", "missing"),
    (Draft(title={"fi": "O"}), "text", "missing"),
    (replace(FREE, title={"fi": "O", "sv": "R"}), "text", "missing_languages"),
    (replace(FREE, text={"fi": "O", "sv": "R"}), "title", "missing_languages"),
    (replace(FREE, title={"fi": "x" * 151}), "title.fi", "too_long"),
    (replace(FREE, text={"fi": "x" * 4001}), "text.fi", "too_long"),
    (replace(FREE, networks=("uusi",)), "networks", "no_network"),
    (replace(FREE, reminders=(Reminder.DAY,)), "reminders", "only_for_meeting"),
    (replace(FREE, send_at="soon"), "send_at", "time_form"),
    (replace(FREE, send_at="2026-11-20T11:54"), "send_at", "time_past"),
    (replace(FREE, send_at="2036-11-20T11:54"), "send_at", "time_far"),
    (replace(MEETING, send_at="2026-12-10T08:30"), "send_at", "after_start"),
    (replace(MEETING, title={"fi": "O"}), "title", "not_for_meeting"),
    (replace(MEETING, text={"fi": "O"}), "text", "not_for_meeting"),
    (replace(MEETING, note={"fi": "x" * 2001}), "note.fi", "too_long"),
    (replace(MEETING, note={"fi": "x" * 2000 + "\x06"}), "note.fi", "too_long"),
    (Draft(occurrence="pirkanmaa-aamukahvit@2026-12-11"), "meeting", "no_meeting"),
    (Draft(occurrence="pirkanmaa-aamukahvit@2026-10-08"), "meeting", "meeting_begun"),
    (Draft(occurrence="x@2026-12-11"), "meeting", "no_meeting"),
    (Draft(occurrence="pirkanmaa-aamukahvit"), "meeting", "no_meeting"),
    (Draft(occurrence="pirkanmaa-aamukahvit@9999-12-31"), "meeting", "no_meeting"),
    (Draft(occurrence="x" * 5000), "meeting", "no_meeting"),
]


async def test_a_wrong_draft_names_the_field(world: World) -> None:
    for draft, field, code in WRONG:
        with pytest.raises(Invalid) as refused:
            await world.announcements.create(API, draft)
        assert (refused.value.field, refused.value.code) == (field, code)
        assert not any("{" in refused.value.said(language) for language in LANGUAGES)
    assert await world.announcements.listing(API) == ()


async def test_what_cannot_be_shown_is_taken_out(world: World) -> None:
    title: dict[Language, str] = {"fi": "A\0b\u202e \n c\ud800", "sv": ""}
    draft = replace(FREE, title=title, text={"fi": "1\r\n\u20282\x07"})
    made = await world.announcements.create(API, draft)
    assert made.title == {"fi": "Ab c"}
    assert made.text == {"fi": "1\n\n2"}


async def test_a_free_announcement_reaches_all_unless_it_names_networks(world: World) -> None:
    for name in ("pirkanmaa", "uusimaa", "*"):
        await world.channel(f"19:{name}", name)
    everywhere = await world.announcements.create(API, replace(FREE, networks=()))
    assert everywhere.networks == tuple(world.knowledge().networks)
    assert len(await world.deliveries(everywhere.id)) == 3
    one = await world.announcements.create(API, FREE)
    assert len(await world.deliveries(one.id)) == 2


async def test_the_same_key_makes_one_announcement(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    made = await asyncio.gather(*(world.announcements.create(API, FREE, "key-1") for _ in range(4)))
    assert len({one.id for one in made}) == 1
    assert len(await world.deliveries()) == 1
    with pytest.raises(Conflict):
        await world.announcements.create(API, MEETING, "key-1")
    # Also when what was asked for could no longer be asked.
    timed = replace(FREE, send_at="2026-11-21T08:00")
    first = await world.announcements.create(API, timed, "key-2")
    world.set_clock("2026-11-25 08:00")
    assert (await world.announcements.create(API, timed, "key-2")).id == first.id


async def test_stopping_tells_how_far_it_came(world: World) -> None:
    for name in "abc":
        await world.channel(f"19:{name}", "pirkanmaa")
    sent = await world.announcements.create(PIRKANMAA, replace(MEETING, reminders=(Reminder.DAY,)))
    stopped = await world.announcements.stop(PIRKANMAA, sent.id)
    assert stopped.state is State.CANCELLED
    assert {row.state for row in await world.deliveries()} == {"stopped"}
    assert {row.state for row in (await world.reminders(sent.id)).values()} == {"cancelled"}
    with pytest.raises(WrongState):
        # Nothing was posted, so nothing can be taken back.
        await world.announcements.recall(PIRKANMAA, sent.id)


async def test_what_failed_is_tried_again(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    sent = await world.announcements.create(PIRKANMAA, MEETING)
    await world.deliver_all(sent.id, "failed")
    again = await world.announcements.retry(PIRKANMAA, sent.id)
    assert again.state is State.SENDING
    assert [row.state for row in await world.deliveries()] == ["pending"]
    with pytest.raises(WrongState) as refused:
        await world.announcements.retry(PIRKANMAA, sent.id)
    assert refused.value.code == "nothing_failed"
    await world.deliver_all(sent.id, "failed")
    world.set_clock("2026-12-10 08:31")
    with pytest.raises(Invalid):
        await world.announcements.retry(PIRKANMAA, sent.id)


async def test_the_listing_shows_the_newest_that_somebody_may_see(world: World) -> None:
    for number in range(3):
        world.database.time += 1
        await world.announcements.create(API, replace(FREE, title={"fi": f"P{number}"}))
        await world.announcements.create(API, replace(FREE, networks=("uusimaa",)))
    seen = await world.announcements.listing(PIRKANMAA, limit=2)
    assert [report.announcement.title["fi"] for report in seen] == ["P2", "P1"]
    assert len(await world.announcements.listing(API)) == 6
    assert await world.announcements.listing(MEMBER) == ()


async def test_a_meeting_that_changes_is_told_once_and_updated_in_place(world: World) -> None:
    target = await world.channel("19:a", "pirkanmaa")
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    key = f"{meeting.key}@2026-12-01"
    sent = await world.announcements.create(PIRKANMAA, Draft(occurrence=key))
    await world.deliver_all(sent.id)
    await world.announcements.meetings_changed()
    assert world.notices == []

    await world.meetings.move(PIRKANMAA, key, "2026-12-02 13:00", "2026-12-02 15:00")
    for _ in range(2):
        await world.announcements.meetings_changed()
    (notice,) = world.notices
    assert notice.changed is not None
    assert not notice.changed.cancelled
    (change,) = differences(notice.changed.before, notice.changed.after, "fi")
    assert (change.field, change.before, change.after) == (
        "when",
        "tiistaina 1.12.2026 klo 12.00–14.00",
        "keskiviikkona 2.12.2026 klo 13.00–15.00",
    )
    # Until somebody decides, all posts say what they said.
    assert "1.12.2026" in plain_text(world.announcements.compose(sent, target))

    updated = await world.announcements.update(PIRKANMAA, sent.id)
    assert (updated.version, updated.state) == (2, State.SENDING)
    assert "2.12.2026 klo 13.00" in plain_text(world.announcements.compose(updated, target))
    assert await world.announcements.pending_changes() == ()
    await world.deliver_all(sent.id)

    # The day of before still names it.
    await world.meetings.cancel(PIRKANMAA, key)
    await world.announcements.meetings_changed()
    assert len(world.notices) == 2
    cancelled = world.notices[1].changed
    assert cancelled is not None
    assert cancelled.cancelled
    updated = await world.announcements.update(PIRKANMAA, sent.id)
    post = world.announcements.compose(updated, target)
    assert plain_text(post).startswith("Peruttu: Syystapaaminen")
    assert post.actions == ()


async def test_two_replicas_tell_of_a_change_once(world: World) -> None:
    await world.channel("19:a", "pirkanmaa")
    meeting = await world.meetings.add(PIRKANMAA, MONTHLY)
    key = f"{meeting.key}@2027-01-05"
    await world.announcements.create(PIRKANMAA, Draft(occurrence=key))
    await world.meetings.move(PIRKANMAA, key, "2027-01-12 12:00", "2027-01-12 14:00")
    await asyncio.gather(*(world.announcements.meetings_changed() for _ in range(4)))
    assert len(world.notices) == 1


async def test_old_drafts_go(world: World) -> None:
    draft = await world.announcements.draft(PIRKANMAA, MEETING)
    assert (await purge(world.database, 24)).drafts == 0
    world.database.time += 31 * 86400
    assert (await purge(world.database, 24)).drafts == 1
    with pytest.raises(AnnouncementError):
        await world.announcements.report(PIRKANMAA, draft.id)


async def test_a_preview_names_the_meeting_as_it_is_when_confirmed(world: World) -> None:
    meeting = await world.meetings.add(PIRKANMAA, ONE_TIME)
    key = f"{meeting.key}@2026-12-01"
    draft = await world.announcements.draft(PIRKANMAA, Draft(occurrence=key))
    await world.meetings.move(PIRKANMAA, key, "2026-12-03 12:00", "2026-12-03 14:00")
    with pytest.raises(WrongState) as refused:
        await world.announcements.confirm(PIRKANMAA, draft.id)
    assert refused.value.code == "changed_meanwhile"
    await world.announcements.preview(PIRKANMAA, draft.id)
    assert (await world.announcements.confirm(PIRKANMAA, draft.id)).state is State.SENDING


async def test_a_bilingual_network_reads_both_languages_in_one_post(world: World) -> None:
    await world.subscriptions.follow(a_chat(), "lansi-suomi", None)
    draft = Draft(
        title={"fi": "Kevätpäivä", "sv": "Vårdag"},
        text={"fi": "Katso https://example.org/a.", "sv": "Se nedan."},
        networks=("lansi-suomi",),
    )
    sent = await world.announcements.create(WEST, draft)
    in_channel = plain_text(world.announcements.compose(sent, a_channel()))
    assert in_channel.index("Kevätpäivä") < in_channel.index("Vårdag")
    assert "https://example.org/a" in in_channel
    assert "följer" not in in_channel
    in_chat = plain_text(
        world.announcements.compose(sent, replace(a_chat(), networks=("lansi-suomi",)))
    )
    assert "eftersom du här följer: Västra Finland. Skriv stopp" in in_chat


async def test_who_wrote_something_can_be_forgotten(world: World) -> None:
    service = world.announcements
    await world.channel("19:a", "pirkanmaa")
    draft = await service.draft(PIRKANMAA, FREE)
    sent = await service.create(PIRKANMAA, FREE)
    others = await service.create(NATIONAL, FREE)
    later = await service.create(PIRKANMAA, replace(FREE, send_at="2026-12-24T08:00"))
    forgotten = await service.forget(PIRKANMAA)
    # The draft, what was sent, and a row of the record for each of two.
    assert (forgotten.cleared, forgotten.scheduled) == (4, 1)
    listed = [one.announcement for one in await service.listing(API)]
    left = {one.id: one.author for one in listed}
    assert draft.id not in left
    assert left == {sent.id: None, others.id: NATIONAL, later.id: PIRKANMAA}
    assert not await service.forget(replace(PIRKANMAA, tenant="another"))


async def test_outside_teams_a_post_leads_to_the_chat_with_the_bot(world: World) -> None:
    made = await world.announcements.draft(PIRKANMAA, FREE)
    knowledge = world.knowledge()
    link = "https://m.me/taikusydan"
    community = knowledge.community.model_copy(update={"facebook_page_messenger": link})
    linked = replace(knowledge, community=community)
    page = Target("facebook-page", "page", "1234", "", "")
    assert link in plain_text(compose_post(made, linked, page, None))
    assert link not in plain_text(compose_post(made, linked, a_channel("19:a"), None))
    assert "Messenger" not in plain_text(compose_post(made, knowledge, page, None))
