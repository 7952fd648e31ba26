"""The bot in Facebook Messenger, through Azure Bot Service's channel `facebook`.

    bot = MessengerBot(conversations, lambda: keeper.brain.knowledge)
    on_turn = by_channel({CHANNEL: bot.on_turn}, otherwise=teams.on_turn)
    Connector(settings, on_turn, on_error)

Read on in this order: bot, incoming, messages, splitting, chats, wording, dispatch.
"""

from .bot import CHANNEL, MessengerBot
from .dispatch import by_channel
from .messages import messages

__all__ = ["CHANNEL", "MessengerBot", "by_channel", "messages"]
