"""Which of a network's coordinations is the newest."""

from __future__ import annotations

import datetime as dt

from bot.knowledge.models import Coordination, Network


def newest(network: Network) -> Coordination | None:
    """The coordination of a network that is known to have held last, with or without an end."""
    return max(
        network.coordination,
        key=lambda one: (_known_to_hold(one, network), one.until is None),
        default=None,
    )


def _known_to_hold(coordination: Coordination, network: Network) -> dt.date:
    """The last day on which a coordination is known to have held.

    An end that lay ahead when the source was written is no proof that it lasted until then.
    """
    since, until, as_of = coordination.since, coordination.until, coordination.as_of
    source = network.sources[coordination.source].date
    written = source.last_day() if source else None
    if until is not None:
        last = until.last_day()
        if written is None or since is None or written < since.first_day():
            return last
        return min(last, written)
    if as_of is not None:
        return as_of.last_day()
    known = [day for day in (since and since.first_day(), written) if day]
    return max(known, default=dt.date.min)


def coordinated_in(network: Network, start: dt.date, end: dt.date) -> list[Coordination]:
    """Who is known to have coordinated a network at some time between two days."""
    return [one for one in network.coordination if _held(one, network, start, end)]


def _held(one: Coordination, network: Network, start: dt.date, end: dt.date) -> bool:
    """Whether a coordination held then; one without a start or an end held when it was told."""
    told = one.as_of or network.sources[one.source].date
    since = one.since or (None if one.until else told) or one.until
    until = one.until or (None if one.since and one is newest(network) else told)
    if since is None:
        return False
    begins = since.first_day() <= end
    return begins and (until is None or until.last_day() >= start)
