"""Why something failed, said in the reader's language."""

from __future__ import annotations

import errno
import os

import pytest

from bot.i18n import N_, error_message, os_reason


@pytest.mark.parametrize(
    "code", [errno.EACCES, errno.EADDRINUSE, errno.EISDIR, errno.ENOENT, errno.ENOSPC, errno.EROFS]
)
def test_a_usual_reason_is_said_in_each_language(code: int) -> None:
    reason = os_reason(OSError(code, os.strerror(code), "/secret/path"))
    said = {language: reason.said(language) for language in ("en", "fi", "sv")}
    assert said["en"] == os.strerror(code)
    assert len(set(said.values())) == 3
    assert "/secret/path" not in str(said)


def test_a_rare_reason_is_said_as_the_system_does() -> None:
    assert os_reason(OSError(errno.ELOOP, "x")).said("fi") == os.strerror(errno.ELOOP)
    assert os_reason(OSError("no {braces} here")).said("fi") == "no {braces} here"
    assert os_reason(TimeoutError()).said("fi") == "TimeoutError"


def test_an_error_says_its_message_or_its_own_words() -> None:
    assert error_message(ValueError(N_("The bot is shutting down."))).said("fi") == (
        "Botti on sulkeutumassa."
    )
    assert error_message(ValueError("a {b}")).said("fi") == "a {b}"
    assert error_message(ValueError()).said("fi") == ""
