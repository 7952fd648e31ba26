"""Times in a message: `ensi kuussa`, `i december`, `last week`, `10.12.` become spans of days."""

from bot.understanding.times.finding import TimeMatch, find_times, has_sign, names_time

__all__ = ["TimeMatch", "find_times", "has_sign", "names_time"]
