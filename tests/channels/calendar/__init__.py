"""Tests of the calendars, judged by a library that did not write them."""
