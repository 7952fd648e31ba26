"""The words of forms, buttons and reports in the bot's three languages, one module a subject."""
