"""The bot in Facebook Messenger, through Azure Bot Service's channel `facebook`.

    bot = MessengerBot(conversations, lambda: reloader.snapshot.knowledge)
    Connector(settings, by_channel({CHANNEL: bot.on_turn}, otherwise=teams.on_turn), on_error)

Read on in this order: bot, incoming, messages, splitting, chats.
"""

from .bot import CHANNEL, MessengerBot
from .messages import messages

__all__ = ["CHANNEL", "MessengerBot", "messages"]
