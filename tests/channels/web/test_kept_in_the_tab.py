"""What the page keeps of a conversation, for whom, and until when: in a real browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from .scripted import ANSWER
from .visiting import CONTACTS, DESKTOP, PHONE, Visit

STORAGE = ["sessionStorage"]


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_reload_and_back_keep_the_conversation_and_what_it_is_about(
    real: Visit,
    screen: dict[str, Any],
) -> None:
    questions = [CONTACTS, "Entä Kymenlaakso?"]
    seen = await real(
        "returning", **screen, locale="fi-FI", questions=questions, then="entä sähköposti Lapissa?"
    )
    before = seen["before"]
    assert len(before["messages"]) == 5
    assert len(before["offers"]) == 3
    assert before["startOver"]
    for later in ("reloaded", "cameBack", "linkedBack"):
        assert seen[later] == before
    assert seen["inSight"]
    assert "Lapi" in seen["last"]
    # Another tab has its own, and of a closed one nothing is left.
    for other in ("beside", "afterClosing"):
        assert len(seen[other]["messages"]) == 1
        assert seen[other]["kept"] == {}
        assert not seen[other]["startOver"]


async def test_a_short_question_after_a_reload_is_understood(real: Visit) -> None:
    seen = await real("returning", locale="fi-FI", questions=[CONTACTS], then="entä Lapissa?")
    assert "Lapi" in seen["last"]
    assert "yhteyshenkilö" in seen["last"]


async def test_a_duplicated_tab_has_a_conversation_of_its_own(visit: Visit) -> None:
    seen = await visit("duplicating")
    assert seen["copied"] == 1
    assert len(seen["begun"]["messages"]) == 1
    assert seen["first"]["mine"] == ["First", "Second", "Third"]
    assert seen["second"]["mine"] == ["Copy", "Copy again"]
    heard: dict[str, str | None] = {one.text: one.conversation for one in visit.bot.script.heard}
    assert heard["First"] == heard["Second"] == heard["Third"]
    assert heard["Copy"] == heard["Copy again"] != heard["First"]
    assert visit.bot.forgotten == []


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_starting_over_forgets_on_the_page_and_by_the_bot(
    visit: Visit, screen: dict[str, Any]
) -> None:
    seen = await visit("startingOver", **screen)
    assert seen["hidden"]
    assert seen["begun"]["startOver"]
    assert seen["focus"] == ("log" if screen is PHONE else "text")
    for state in (seen["over"], seen["reloaded"]):
        assert len(state["messages"]) == 1
        assert len(state["offers"]) == 3
        assert state["kept"] == {}
        assert state["field"] == ""
        assert not state["startOver"]
    # The answer that was waited for belongs to the conversation before.
    assert seen["last"]["mine"] == ["Anew"]
    assert len(seen["last"]["messages"]) == 3
    first, slow, anew = (one.conversation for one in visit.bot.script.heard)
    assert len({first, slow, anew}) == 3
    assert visit.bot.forgotten == [first, slow]


async def test_a_question_without_an_answer_is_in_the_field_after_a_reload(visit: Visit) -> None:
    seen = await visit("interrupted")
    reloaded, answered = seen["reloaded"], seen["answered"]
    assert reloaded["field"] == seen["title"]
    assert len(reloaded["messages"]) == 1
    assert answered["field"] == ""
    assert len(answered["messages"]) == 3
    assert {one.conversation for one in visit.bot.script.heard} == {
        visit.bot.script.heard[0].conversation
    }


async def test_what_somebody_in_distress_wrote_is_kept_nowhere(visit: Visit) -> None:
    visit.bot.script.answer = replace(ANSWER, private=True)
    seen = await visit("reload", question="A word of distress")
    assert any("A word of distress" in text for text in seen["before"]["messages"])
    assert "distress" not in str(seen["before"]["kept"])
    # The help that was named stays in sight.
    assert any("040 123" in text for text in seen["reloaded"]["messages"])
    assert not any("distress" in text for text in seen["reloaded"]["messages"])


async def test_who_asks_to_be_forgotten_is_forgotten_in_the_tab_too(visit: Visit) -> None:
    visit.bot.script.forgotten = True
    seen = await visit("reload", question="Forget me")
    assert len(seen["before"]["messages"]) == 1
    assert "040 123" in seen["before"]["messages"][0]
    assert seen["before"]["kept"] == {}
    assert len(seen["reloaded"]["messages"]) == 1
    assert "040 123" not in seen["reloaded"]["messages"][0]


@pytest.mark.parametrize("kept", ["{", "null", "[]", '{"shape": 0, "id": "x"}', '{"shape": 1}'])
async def test_what_another_version_kept_is_left(visit: Visit, kept: str) -> None:
    seen = await visit("spoilt", kept=kept)
    assert len(seen["messages"]) == 3


async def test_without_storage_the_page_works_and_keeps_nothing(visit: Visit) -> None:
    seen = await visit("reload", question="Who?", refused=STORAGE)
    assert len(seen["before"]["messages"]) == 3
    assert len(seen["reloaded"]["messages"]) == 1
