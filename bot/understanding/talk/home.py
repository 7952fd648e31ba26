"""Where a member lives or works, once told: `and ours?`, `takaisin meidän verkostoon`."""

from __future__ import annotations

from dataclasses import replace

from bot.understanding.entities import MaskedMessage
from bot.understanding.model import NOTHING_SHOWN, Found
from bot.understanding.talk.follow_ups import RULE_CONFIDENCE, FollowUps
from bot.understanding.talk.memory import ConversationState
from bot.understanding.talk.wordings import Wordings, shortened, without
from bot.understanding.text import MASKS


class Home:
    """Built once per Knowledge."""

    def __init__(self, wordings: Wordings, follow_ups: FollowUps) -> None:
        self._wordings, self._follow_ups = wordings, follow_ups

    def asked(self, masked: MaskedMessage, memory: ConversationState) -> Found | None:
        """The last question anew, of the member's own place, where nothing else is said."""
        if not self._is_meant(masked, memory):
            return None
        wordings = self._wordings.find(masked.words, ("own", "back"))
        if not self._wordings.small.issuperset(without(masked.words, wordings)):
            return None
        asked = (self._follow_ups.about_names(memory.home, one) for one in memory.requests)
        return Found(tuple(dict.fromkeys(asked)), RULE_CONFIDENCE)

    def there(
        self, masked: MaskedMessage, memory: ConversationState
    ) -> tuple[MaskedMessage, ConversationState] | None:
        """The message and the talk as if the member's own place had been talked about."""
        if not self._is_meant(masked, memory):
            return None
        request = replace(memory.request, entities=memory.home, topic="", yes_no=False)
        there = replace(memory, request=request, together=(), shown=NOTHING_SHOWN)
        return shortened(masked, self._wordings.find(masked.words, ("own", "back"))), there

    def _is_meant(self, masked: MaskedMessage, memory: ConversationState) -> bool:
        """Whether the member's own place is meant, while another one is talked about."""
        home, about = memory.home, memory.about
        if not home.place or any(word in MASKS for word in masked.words):
            return False
        elsewhere = about.place and not set(about.networks) & set(home.networks)
        return bool(elsewhere and self._wordings.find(masked.words, ("own",)))
