"""The channels in which people meet the bot, each in a package or module of its own."""
