"""Tests of bot/channels/messenger/."""
