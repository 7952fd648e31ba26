"""When a post in doubt may be repeated, by what its channel answered before."""

from __future__ import annotations

import pytest

from bot.announcements.sender import Posted, Target
from bot.announcements.wires import ANSWER_TTL, FIRST_TRIAL, LONGEST_TRIAL, MANY_LOST, Wires
from bot.answers.model import Answer

TARGET = Target("msteams", "channel", "19:a", "https://smba.example.org/emea/", "t")
ELSEWHERE = Target("msteams", "channel", "19:b", "https://smba.example.org/emea/", "u")


class Reading:
    """A sender that only tells whether its channel answers a read."""

    def __init__(self) -> None:
        self.well = True
        self.asked = 0

    async def post(self, target: Target, post: Answer) -> Posted:
        raise NotImplementedError

    async def update(self, target: Target, posted: Posted, post: Answer) -> None:
        raise NotImplementedError

    async def delete(self, target: Target, posted: Posted) -> None:
        raise NotImplementedError

    async def name(self, target: Target) -> str | None:
        raise NotImplementedError

    async def answers(self, target: Target) -> bool:
        self.asked += 1
        return self.well


class Scene:
    """Wires with a clock, and a channel to read from."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.wires = Wires(lambda: self.now)
        self.channel = Reading()

    async def may(self, delivery: int, target: Target = TARGET) -> bool:
        """Whether a delivery's post may be repeated now."""
        return await self.wires.may_repeat(self.channel, target, delivery)

    def lose(self, times: int, target: Target = TARGET) -> None:
        """Answers to posts are lost."""
        for _ in range(times):
            self.wires.seen(target, answered=False)


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_where_posts_are_answered_all_may_be_repeated_without_a_read(scene: Scene) -> None:
    scene.wires.seen(TARGET, answered=True)
    assert [await scene.may(delivery) for delivery in range(5)] == [True] * 5
    assert scene.channel.asked == 0


async def test_elsewhere_one_is_tried_at_a_time(scene: Scene) -> None:
    scene.lose(1)
    assert await scene.may(1)
    assert not await scene.may(2)
    assert await scene.may(1), "it is its own trial"
    scene.wires.tried(TARGET, 2, in_doubt=True)
    assert not await scene.may(2), "another's end is not the end of the trial"
    scene.wires.tried(TARGET, 1, in_doubt=False)
    assert await scene.may(2)


async def test_nothing_is_tried_where_no_read_is_answered(scene: Scene) -> None:
    scene.lose(1)
    scene.channel.well = False
    assert not await scene.may(1)
    scene.channel.well = True
    assert await scene.may(1)
    assert scene.channel.asked == 2


async def test_a_read_counts_for_a_while(scene: Scene) -> None:
    scene.lose(1)
    for _ in range(2):
        assert await scene.may(1)
        scene.wires.tried(TARGET, 1, in_doubt=False)
    assert scene.channel.asked == 1
    scene.now += ANSWER_TTL + 1
    assert await scene.may(1)
    assert scene.channel.asked == 2


async def test_the_waits_between_trials_grow_and_end_with_an_answer(scene: Scene) -> None:
    scene.lose(1)
    waits = []
    for delivery in range(10):
        assert await scene.may(delivery)
        scene.wires.tried(TARGET, delivery, in_doubt=True)
        began = scene.now
        while not await scene.may(100):
            scene.now += FIRST_TRIAL / 4
        scene.wires.tried(TARGET, 100, in_doubt=False)
        waits.append(scene.now - began)
    assert waits[:4] == [FIRST_TRIAL * 2**number for number in range(4)]
    assert waits[-1] == max(waits) == LONGEST_TRIAL
    scene.wires.seen(TARGET, answered=True)
    assert await scene.may(1)
    scene.lose(1)
    assert await scene.may(1)
    scene.wires.tried(TARGET, 1, in_doubt=True)
    scene.now += FIRST_TRIAL
    assert await scene.may(2), "the waits begin anew"


async def test_where_many_answers_are_lost_the_first_trial_waits(scene: Scene) -> None:
    scene.lose(MANY_LOST - 1)
    assert await scene.may(1)
    scene.wires.tried(TARGET, 1, in_doubt=False)
    scene.lose(1)
    assert not await scene.may(2)
    # Further losses do not put it off for ever.
    scene.now += FIRST_TRIAL - 1
    scene.lose(10)
    assert not await scene.may(2)
    scene.now += 1
    assert await scene.may(2)


async def test_an_answer_lets_all_go_at_once(scene: Scene) -> None:
    scene.lose(2 * MANY_LOST)
    assert not await scene.may(1)
    scene.wires.seen(TARGET, answered=True)
    assert await scene.may(1)
    assert await scene.may(2)


async def test_one_tenant_says_nothing_of_another(scene: Scene) -> None:
    scene.lose(2 * MANY_LOST)
    scene.wires.seen(ELSEWHERE, answered=True)
    assert await scene.may(2, ELSEWHERE)
    assert not await scene.may(1)
