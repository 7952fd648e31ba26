"""Tests of the bot in Teams."""
