"""Announcements: draft, schedule, deliver, change, recall, report. Knows no channel."""
