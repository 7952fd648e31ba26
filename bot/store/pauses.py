"""Pauses of all sending, by tenant or of all: while one is there, nothing is claimed or posted."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select

from bot.store.tables import pause

ALL = "*"
"""The tenant of a pause that holds for all."""


def holds(tenant: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a pause holds for the tenant of a row: a condition for a query."""
    named = or_(pause.c.tenant == tenant, pause.c.tenant == ALL)
    return select(pause.c.tenant).where(named).exists()
