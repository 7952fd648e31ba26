"""Taikubot: a chat bot for a community of regional networks."""

__version__ = "0.1.0"
