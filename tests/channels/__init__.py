"""Tests of the channels; a package, so that `calendar` is not taken for Python's own."""
