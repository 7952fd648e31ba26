"""The bot in Microsoft Teams: what it hears there, and the cards it answers with.

    bot = TeamsBot(conversations, lambda: reloader.snapshot.knowledge)
    Connector(settings, bot.on_turn, on_error)

Read on in this order: bot, incoming, cards, markdown.
"""

from .bot import TeamsBot
from .cards import card, card_activity

__all__ = ["TeamsBot", "card", "card_activity"]
