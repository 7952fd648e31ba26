"""The URL of the database: its driver, where it leads, and whether the server there is verified.

The words after `ssl=` are those of PostgreSQL, but none of them sends a password to a server on
another machine that nobody has verified: only `unverified` does, which is a word of our own.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import unquote_plus

from bot.i18n import N_

DIALECTS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
"""What a database's URL may begin with, and the driver that then serves it."""


_POSTGRESQL_OPTIONS = frozenset(
    {
        *("host", "port", "user", "password", "passfile", "ssl", "sslmode", "sslrootcert"),
        *("service", "servicefile", "dsn", "target_session_attrs", "krbsrvname", "gsslib"),
        "prepared_statement_cache_size",
    }
)
"""What asyncpg takes as a text, and what SQLAlchemy makes a number of; and `sslrootcert`, of which
more is said."""

_OF_LIBPQ = frozenset(
    {
        *("channel_binding", "connect_timeout", "application_name", "options", "gssencmode"),
        *("keepalives", "keepalives_idle", "sslcert", "sslkey", "sslcrl", "sslnegotiation"),
        *("pgbouncer", "pool_timeout", "connection_limit", "schema", "hostaddr"),
    }
)
"""What hosts of PostgreSQL put into the addresses that they give, for other drivers."""

_SQLITE_OPTIONS = frozenset(
    {
        *("timeout", "isolation_level", "detect_types", "check_same_thread", "cached_statements"),
        *("uri", "mode", "cache", "immutable", "nolock", "psow", "vfs", "modeof"),
    }
)


_CREDENTIALS = re.compile(r"[^:/?]*(?::[^@]*)?@")
"""The name and the password before a host: as SQLAlchemy reads it, a password may hold any sign
but an @."""


class Tls(StrEnum):
    """How far a connection to PostgreSQL is protected."""

    OFF = "off"
    OFFERED = "offered"
    """TLS where the server offers it; nobody is verified."""
    DEMANDED = "demanded"
    """TLS; nobody is verified."""
    CHAIN = "chain"
    """The server has a certificate of the CA, for whatever name."""
    FULL = "full"
    """The server has a certificate of a CA that is trusted, for the host of the URL."""


UNVERIFIED = "unverified"
"""The word for sending the password to whoever answers."""

VERIFY_CA = "verify-ca"
DISABLE = "disable"

_ON_THIS_MACHINE: Mapping[str, Tls] = {
    "": Tls.OFFERED,
    "allow": Tls.OFFERED,
    "prefer": Tls.OFFERED,
    "require": Tls.DEMANDED,
    VERIFY_CA: Tls.CHAIN,
    "verify-full": Tls.FULL,
    UNVERIFIED: Tls.OFFERED,
    DISABLE: Tls.OFF,
}
_ELSEWHERE: Mapping[str, Tls] = {
    **dict.fromkeys(_ON_THIS_MACHINE, Tls.FULL),
    VERIFY_CA: Tls.CHAIN,
    UNVERIFIED: Tls.OFFERED,
}
"""`disable` is refused before it comes to this; verifying is what is left of it here."""


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return host is not None and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked(url: str) -> str:
    """The URL with the driver that the store uses, in the words of that driver.

    Raises ValueError with a `Message`, which holds nothing of the URL.
    """
    scheme, separator, rest = url.partition("://")
    dialect = DIALECTS.get(scheme)
    credentials = _CREDENTIALS.match(rest)
    host_begins = credentials.end() if credentials else 0
    place, _, query = rest[host_begins:].partition("?")
    if not separator or dialect is None:
        raise ValueError(N_("must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://."))
    if dialect.startswith("sqlite") and not (place.startswith("/") and place.strip("/")):
        raise ValueError(
            N_(
                "must name a file: sqlite+aiosqlite:/// and its path (four slashes in all for an "
                "absolute one)."
            )
        )
    names = {unquote_plus(part.partition("=")[0]) for part in query.split("&") if part}
    if dialect.startswith("sqlite") and names - _SQLITE_OPTIONS:
        raise ValueError(
            N_("has an option that SQLite does not know: leave out what stands after the ?.")
        )
    if dialect.startswith("postgresql"):
        if unknown := names - _POSTGRESQL_OPTIONS:
            dropped = sorted(unknown & _OF_LIBPQ)
            raise ValueError(
                N_(
                    "has {names} after the ?, which only other drivers know: leave it out.",
                    names=dropped,
                )
                if dropped
                else N_(
                    "has an option after the ? that the driver does not know. It knows {names}.",
                    names=sorted(_POSTGRESQL_OPTIONS),
                )
            )
        if not _has_ports(place):
            raise ValueError(
                N_(
                    "has a port that is no number from 1 to 65535. If that is a part of the "
                    "password, write its : / ? # and @ as %3A %2F %3F %23 and %40."
                )
            )
        if not place.partition("/")[2]:
            raise ValueError(N_("must name a database: postgresql+asyncpg://USER@HOST/DATABASE."))
        query = "&".join(_options(query))
    place = rest[:host_begins] + place
    return f"{dialect}://{place}?{query}" if query else f"{dialect}://{place}"


def _has_ports(place: str) -> bool:
    """Whether what stands after the host, or after each of several, is a port."""
    for host in place.partition("/")[0].split(","):
        _, colon, port = host.rpartition("]")[2].rpartition(":")
        if colon and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536):
            return False
    return True


def _options(query: str) -> Iterator[str]:
    told = False
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        if name == "sslrootcert":
            raise ValueError(N_("names sslrootcert: give that file as BOT_DATABASE_CA."))
        # PostgreSQL's own tools and its hosts write sslmode; asyncpg calls it ssl.
        if name not in ("ssl", "sslmode"):
            yield part
            continue
        if told:
            raise ValueError(N_("says ssl twice: keep one."))
        told = True
        if not equals or value not in _ON_THIS_MACHINE:
            raise ValueError(
                N_(
                    "has an ssl that means nothing: write verify-full, or leave it out. "
                    "docs/settings.md tells all words."
                )
            )
        yield f"ssl={value}"


def ssl_word(url: str) -> str:
    """The word after `ssl=` in a checked URL; empty where there is none."""
    options = url.partition("?")[2].split("&")
    return next((part[4:] for part in options if part.startswith("ssl=")), "")


def hosts(arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """Where the driver connects to with these arguments; none for its defaults on this machine."""
    named = arguments.get("host") or os.environ.get("PGHOST") or ""
    return tuple(named.split(",")) if isinstance(named, str) and named else tuple(named)


def is_local(arguments: Mapping[str, Any]) -> bool:
    """Whether the driver stays on this machine: by a socket in a folder, or by loopback.

    A name of a network of containers, such as `database`, does not.
    """
    if "dsn" in arguments or "service" in arguments:  # They lead to where is not seen here.
        return False
    return all(host.startswith("/") or is_loopback(host) for host in hosts(arguments))


def protection(arguments: Mapping[str, Any], *, has_ca: bool) -> Tls:
    """How far the driver must protect a connection; a CA that is named is asked on any machine.

    What is no word of PostgreSQL's or ours is verified too.
    """
    word = str(arguments.get("ssl") or "")
    words = _ON_THIS_MACHINE if is_local(arguments) else _ELSEWHERE
    tls = words.get(word, Tls.FULL)
    return Tls.FULL if has_ca and not word else tls


def leads_elsewhere(url: str) -> bool:
    """Whether the URL of PostgreSQL leads to another machine."""
    from sqlalchemy import make_url  # Other settings are read without it.

    found = make_url(url)
    return not is_local(found.get_dialect()().create_connect_args(found)[1])
