"""A PostgreSQL server for the tests, started from the machine's own binaries.

It listens on a Unix socket only, keeps nothing, and does not wait for the disk.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.certificates import Pair

USER = "taikubot"


def binaries() -> Path | None:
    """The folder of `postgres` and `initdb`, which is rarely on the path; None if there is none."""
    if found := shutil.which("postgres"):
        return Path(found).resolve().parent
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: int(path.parts[-3]),
    )
    return installed[-1].parent if installed else None


@dataclass(frozen=True)
class Tls:
    """Where a server listens on loopback, and its certificate; None for one without TLS."""

    port: int
    pair: Pair | None


class Postgres:
    """One server; `database` makes an empty database on it."""

    def __init__(self, bin: Path, folder: Path, superuser: str = USER) -> None:
        self._bin = bin
        self.folder = folder
        """Where its socket is."""
        self._names = (f"test{number}" for number in itertools.count(1))
        self._port = 5432
        self._server: subprocess.Popen[bytes] | None = None
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:  # The server refuses to run as root.
            user = _other_user()
            os.chown(folder, user.pw_uid, user.pw_gid)
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self._run("initdb", "-D", "data", "-U", superuser, "-A", "trust", "-E", "UTF8", "--no-sync")

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._bin / program, *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **self._as,
        )
        assert done.returncode == 0, f"{program}: {done.stderr}"

    def start(self, tls: Tls | None = None) -> None:
        """Starts it unless it runs, and waits until it lets somebody in.

        With `tls` it also listens on loopback, where a password is asked for.
        """
        if self._server is not None:
            return
        options = [
            "-D", "data", "-k", str(self.folder), "-c", "fsync=off", "-c", "max_connections=60",
            "-c", f"listen_addresses={'127.0.0.1' if tls else ''}",
        ]  # fmt: skip
        if tls is not None:
            options += ["-c", f"port={tls.port}", *self._tls(tls)]
        self._port = tls.port if tls else 5432
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [self._bin / "postgres", *options],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                **self._as,
            )
        deadline = time.monotonic() + 30
        while not self._ready():
            assert self._server.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, "PostgreSQL does not start"
            time.sleep(0.05)

    def _tls(self, tls: Tls) -> list[str]:
        rules = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        (self.folder / "data" / "pg_hba.conf").write_text(rules)
        if tls.pair is None:
            return ["-c", "ssl=off"]
        for name, source in (("server.crt", tls.pair.certificate), ("server.key", tls.pair.key)):
            target = self.folder / "data" / name
            target.unlink(missing_ok=True)
            shutil.copyfile(source, target)
            target.chmod(0o600)
            if self._as:
                os.chown(target, self._as["user"], self._as["group"])
        return ["-c", "ssl=on"]

    def psql(self, *arguments: str, **environment: str) -> str:
        """What `psql` prints for these arguments, by the socket; as whoever runs the tests."""
        done = subprocess.run(
            [
                self._bin / "psql",
                "-X",
                "-q",
                "-A",
                "-t",
                "-h",
                self.folder,
                "-p",
                str(self._port),
                *arguments,
            ],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _ready(self) -> bool:
        asked = subprocess.run(
            [self._bin / "pg_isready", "-q", "-h", str(self.folder), "-p", str(self._port)],
            check=False,
        )
        return asked.returncode == 0

    def stop(self) -> None:
        """Stops it at once, as if the power had gone off for everybody connected."""
        if self._server is not None:
            self._server.send_signal(signal.SIGCONT)
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(30)
            self._server = None

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = next(self._names)
        self._run("createdb", "-h", str(self.folder), "-p", str(self._port), "-U", USER, name)
        port = "" if self._port == 5432 else f"&port={self._port}"
        return f"postgresql+asyncpg://{USER}@/{name}?host={self.folder}{port}"


def _other_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise AssertionError("no user that PostgreSQL can run as")


def _memory() -> str | None:
    """A folder that lies in memory, where a database is made and removed fast, if it has room."""
    with contextlib.suppress(OSError):
        if shutil.disk_usage("/dev/shm").free > 2**31:
            return "/dev/shm"
    return None


@contextlib.contextmanager
def running(bin: Path, tls: Tls | None = None, superuser: str = USER) -> Iterator[Postgres]:
    """A server that runs for a while; nothing of it is left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="taikubot-pg-", dir=_memory()))
    server = None
    try:
        server = Postgres(bin, folder, superuser)
        server.start(tls)
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
