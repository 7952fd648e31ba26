"""Series in plain words: `joka kuun toinen tiistai klo 8.30, ei heinäkuussa`, and back.

    reading = read("joka toinen torstai klo 17-19", "fi", today)
    say(reading.rule, "sv")

Read on in this order: tokens (kinds of words), finnish, swedish and english (the words), grammar
(what they say together), rule (what comes of it), reading, saying.
"""

from bot.understanding.series.reading import MAX_LENGTH, Missing, Reading, read
from bot.understanding.series.rule import Every, Rule, rule_of
from bot.understanding.series.saying import say

__all__ = ["MAX_LENGTH", "Every", "Missing", "Reading", "Rule", "read", "rule_of", "say"]
