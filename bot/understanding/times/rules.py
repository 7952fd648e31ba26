"""All rules of times."""

from __future__ import annotations

from bot.understanding.times import dates, named, relative
from bot.understanding.times.dates import Rule

RULES: tuple[tuple[str, Rule], ...] = (*dates.RULES, *relative.RULES, *named.RULES)
"""Matched against folded words joined by single spaces; the first that fits at a word wins."""
