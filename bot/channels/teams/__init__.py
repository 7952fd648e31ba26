"""The bot in Microsoft Teams: messages and card actions in, Adaptive Cards out.

    bot = TeamsBot(conversations, lambda: reloader.snapshot.knowledge)
    Connector(settings, bot.on_turn, on_error)

Read on in this order: bot, incoming, card_replies, cards, markdown; `coordination` for the forms,
`posting` for announcements, `package` for the app package.
"""

from .bot import TeamsBot
from .cards import card, card_activity

__all__ = ["TeamsBot", "card", "card_activity"]
