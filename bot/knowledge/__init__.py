"""What the bot knows: content/ and intents/ on disk become checked, immutable objects."""
