"""Tests of the Bot Framework wire, against fakes on loopback."""
