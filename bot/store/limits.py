"""When the next post may go, and how many places it may take: pure functions over numbers.

Both limits are kept as a GCRA (a leaky bucket in one number): the instant at which the next post
would be due were they evenly spread. The number is in a row that every replica reads and writes
in the transaction of its claim, so a limit holds over all of them.
"""

from __future__ import annotations

from collections.abc import Mapping

CONVERSATION_BURST = 5
CONVERSATION_INTERVAL = 30 / 55
"""Posts to one conversation: five at once, then one each 0.55 s.

In any span of t seconds at most 5 + t / 0.55 go: 6 in 1 s and 60 in 30 s, where the channel lets
7 and 60 in. One in a second is left for what happens on the way.
"""

_SLACK = 1.0


def conversation_slot(next_post: float, wanted: float) -> tuple[float, float]:
    """When a post to a conversation may go that is wanted at an instant.

    Gives that instant (the wanted one or a later one) and the conversation's next `next_post`.
    """
    slot = max(wanted, next_post - (CONVERSATION_BURST - 1) * CONVERSATION_INTERVAL)
    return slot, max(next_post, slot) + CONVERSATION_INTERVAL


def stored_conversation(next_post: float, now: float, window: float) -> float:
    """A conversation's `next_post` as it was stored, unless the clock has been set back since."""
    return plausible(next_post, now, window + CONVERSATION_BURST * CONVERSATION_INTERVAL)


def stored_tenant(next_post: float, now: float, rate: float, window: float) -> float:
    """The instant of a tenant's next post as it was stored, unless the clock has been set back.

    `rate` is in posts a second, evenly spread: each is 1 / rate after the one before. `window` is
    how many seconds ahead posts are reserved.
    """
    return plausible(next_post, now, window + 1 / rate)


def plausible(instant: float, now: float, ahead: float) -> float:
    """An instant, or `now` if it is further ahead than any that is ever written.

    Then it was written before the clock was set back, and must not hold up anything.
    """
    return instant if instant <= now + ahead + _SLACK else now


def places_left(places: int, under_way: Mapping[str, int], tenant: str) -> int:
    """How many more posts may be under way in a tenant, of `places` over all tenants.

    A tenant may hold as many places as it leaves free, so that one that hangs leaves half of them
    to the others, a second one half of the rest, and so on; a place for a first post there is as
    long as any is free. (Choudhury and Hahne call this a dynamic threshold with a factor of 1.)
    """
    free = places - sum(under_way.values())
    own = under_way.get(tenant, 0)
    return max((free - own + 1) // 2, 1 if free > 0 and not own else 0, 0)
