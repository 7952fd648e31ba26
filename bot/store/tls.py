"""How the server of PostgreSQL is verified, and what is wrong where it is not.

One place for whatever connects: a server, a command, a migration. A password leaves only after the
server was verified, but for what `bot.ops.database_url` tells.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot.i18n import N_, Message
from bot.ops.database_url import Tls, hosts, protection

_EXPIRED = frozenset({9, 10})
_WRONG_NAME = frozenset({62, 64})
_UNKNOWN_CA = frozenset({2, 18, 19, 20, 21})
"""Codes of OpenSSL (`X509_V_ERR_…`): not yet valid and expired; host and address; issuers."""

_NO_TLS = "rejected SSL upgrade"
"""What asyncpg says where the server answers that it has no TLS."""


class Failure(StrEnum):
    """Why a server is not verified."""

    UNKNOWN_CA = "unknown_ca"
    WRONG_NAME = "wrong_name"
    EXPIRED = "expired"
    NO_TLS = "no_tls"
    CA_FILE = "ca_file"
    CERTIFICATE = "certificate"
    """Anything else that is wrong with its certificate."""


class CaUnreadable(ConnectionError):
    """The file of BOT_DATABASE_CA cannot be used any more."""


class Verification:
    """What to call the driver with, so that the server is verified as the URL says.

    The file of the CA is read anew where it has changed.
    """

    def __init__(self, ca: Path | None) -> None:
        self._ca = ca
        self._contexts: dict[tuple[Tls, tuple[int, ...]], ssl.SSLContext] = {}

    def argument(self, arguments: Mapping[str, Any]) -> ssl.SSLContext | str | bool:
        """The driver's argument `ssl`, for its other arguments; raises CaUnreadable."""
        tls = protection(arguments, has_ca=self._ca is not None)
        match tls:
            case Tls.OFF:
                return False
            case Tls.OFFERED:
                return "prefer"
            case _:
                return self._context(tls)

    def _context(self, tls: Tls) -> ssl.SSLContext:
        try:
            key = (tls, self._state())
            if (known := self._contexts.get(key)) is not None:
                return known
            made = ssl.create_default_context(cafile=self._ca)
        except OSError as error:  # What is no certificate is one too.
            raise CaUnreadable(str(self._ca)) from error
        # What Python 3.13 demands beyond a valid chain, few private CAs write down.
        made.verify_flags &= ~ssl.VERIFY_X509_STRICT
        made.check_hostname = tls is Tls.FULL
        if tls is Tls.DEMANDED:
            made.verify_mode = ssl.CERT_NONE
        if ssl.HAS_ALPN:
            made.set_alpn_protocols(["postgresql"])
        self._contexts = {key: made}
        return made

    def _state(self) -> tuple[int, ...]:
        if self._ca is None:
            return ()
        found = os.stat(self._ca)
        return found.st_ino, found.st_size, found.st_mtime_ns


def failure(error: BaseException) -> Failure | None:
    """Why the server was not verified; None for any other error of a connection."""
    if isinstance(error, CaUnreadable):
        return Failure.CA_FILE
    if isinstance(error, ssl.SSLCertVerificationError):
        for codes, found in _FAILURES.items():
            if error.verify_code in codes:
                return found
        return Failure.CERTIFICATE
    return Failure.NO_TLS if type(error) is ConnectionError and _NO_TLS in str(error) else None


def text(why: Failure, arguments: Mapping[str, Any]) -> Message:
    """What is wrong and what to do, for operators."""
    named = hosts(arguments) or ("localhost",)
    return _TEXTS[why].filled(host=", ".join(named), alt_name=", ".join(map(_alt_name, named)))


def _alt_name(host: str) -> str:
    """What a certificate must say for a host: addresses have a kind of their own."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return f"DNS:{host}"
    return f"IP:{host}"


_FAILURES: Mapping[frozenset[int], Failure] = {
    _EXPIRED: Failure.EXPIRED,
    _WRONG_NAME: Failure.WRONG_NAME,
    _UNKNOWN_CA: Failure.UNKNOWN_CA,
}

_TEXTS: Mapping[Failure, Message] = {
    Failure.UNKNOWN_CA: N_(
        "The certificate of the database's server {host} is of no CA that is known here, and no "
        "password was sent: set BOT_DATABASE_CA to the file with the CA's certificate, which "
        "whoever runs that server has. Where it is set already, the server uses another "
        "certificate (`SHOW ssl_cert_file` there tells which), or somebody answers in its place."
    ),
    Failure.WRONG_NAME: N_(
        "The certificate of the database's server is not for {host}, and no password was sent: "
        "write in BOT_DATABASE_URL the name that it is for, or have one made whose subjectAltName "
        "is {alt_name}."
    ),
    Failure.EXPIRED: N_(
        "The certificate of the database's server {host} has expired or is not valid yet, and no "
        "password was sent: have it renewed, and see that this machine's clock is right."
    ),
    Failure.NO_TLS: N_(
        "The database's server {host} offers no TLS, and no password was sent: turn it on there "
        "(`ssl = on`). Where only machines of yours are on the way, `?ssl=unverified` at the end "
        "of BOT_DATABASE_URL does without."
    ),
    Failure.CA_FILE: N_(
        "The file of BOT_DATABASE_CA cannot be read as certificates, and nothing was sent to the "
        "database's server {host}: give a PEM file with the certificate of the CA."
    ),
    Failure.CERTIFICATE: N_(
        "The certificate of the database's server {host} is not accepted, and no password was "
        "sent: `openssl s_client -starttls postgres -connect {host}:5432` shows why."
    ),
}
