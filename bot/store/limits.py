"""When the next post may go: pure functions, the numbers of which lie in the database.

Both limits are kept as a GCRA (a leaky bucket in one number): the instant at which the next post
would be due were they evenly spread. The number lies in a row that every replica reads and writes
in the transaction of its claim, so a limit holds over all of them.
"""

from __future__ import annotations

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
    ahead = CONVERSATION_BURST * CONVERSATION_INTERVAL
    next_post = _believable(next_post, wanted, ahead)
    slot = max(wanted, next_post - (CONVERSATION_BURST - 1) * CONVERSATION_INTERVAL)
    return slot, max(next_post, slot) + CONVERSATION_INTERVAL


def tenant_slot(next_post: float, wanted: float, rate: float, horizon: float) -> float:
    """When the next post in a tenant may go that has `rate` posts a second, evenly spread.

    `horizon` is how many seconds ahead posts are reserved. After it `next_post` is the slot plus
    1 / rate.
    """
    return max(wanted, _believable(next_post, wanted, horizon + 1 / rate))


def _believable(instant: float, now: float, ahead: float) -> float:
    """An instant, unless it is further ahead than any that is ever written.

    Then it was written before the clock was set back, and it must not hold up anything.
    """
    return instant if instant <= now + ahead + _SLACK else now
