"""Follows docs/guides/administrator.md: runs its commands as they stand there, in their order.

    python3 deploy/follow_guide.py WHEEL    as root, on a machine that is thrown away

Each code block of the guide has a comment before it that says who runs it (`MARKS`). Blocks that
need systemd, Docker, Azure or a database server are left out, and named at the end.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "guides" / "administrator.md"
PATIENCE = 600.0

MARKS = {
    "root": "as root",
    "run": "as the bot's user",
    "serve": "as the bot's user, and it goes on running",
    "ended": "as the bot's user, while no server runs",
    "file": "what a file holds, which is written as it stands",
    "part": "a piece of a file, which depends on the machine",
    "systemd": "as root, where systemd runs",
    "caddy": "where Caddy is, with a name that leads to the machine",
    "docker": "where Docker is",
    "azure": "with an account of Azure",
    "psql": "in the `psql` of an administrator of PostgreSQL",
}
BECOME = ("setpriv", "--reuid=taikubot", "--regid=taikubot", "--init-groups", "--")
"""Goes on as the user that the guide makes."""


class GuideError(Exception):
    """The guide cannot be followed; says where and why."""


@dataclass(frozen=True)
class Block:
    """A code block, with what the comment before it says."""

    mark: str
    path: str
    """Of a `file` or `part`."""
    text: str
    line: int


def blocks(guide: str) -> Iterator[Block]:
    """The code blocks of a guide; raises GuideError for one that is not marked."""
    lines = guide.splitlines()
    begun: int | None = None
    for number, line in enumerate(lines):
        if not line.lstrip().startswith("```"):
            continue
        if begun is None:
            begun = number
            continue
        before = lines[begun - 1].strip() if begun else ""
        found = re.fullmatch(r"<!-- (\w+)(?: (\S+))? -->", before)
        if found is None or found[1] not in MARKS:
            said = f"line {begun + 1}: no comment before this block says who runs it"
            raise GuideError(f"{said}: <!-- {' | '.join(MARKS)} -->")
        indent = len(lines[begun]) - len(lines[begun].lstrip())
        text = "\n".join(one[indent:] for one in lines[begun + 1 : number])
        yield Block(found[1], found[2] or "", text + "\n", begun + 2)
        begun = None


@dataclass
class Reader:
    """Who follows the guide: `here` gives a text with the places of this machine."""

    home: Path
    here: Callable[[str], str] = str
    become: tuple[str, ...] = ()
    """The command that begins what the bot's user runs, such as `setpriv …`."""
    environment: Mapping[str, str] = field(default_factory=dict)
    is_root: bool = False
    """Whether `root` blocks are run too."""
    done: list[Block] = field(default_factory=list)
    left: list[Block] = field(default_factory=list)
    _exports: list[str] = field(default_factory=list)
    _server: subprocess.Popen[bytes] | None = None

    def follow(self, block: Block) -> None:
        """Does what a block says, if this reader can."""
        text = self.here(block.text)
        match block.mark:
            case "root" if self.is_root:
                self._end_server()
                self._succeed(block, subprocess.Popen(["bash", "-euxo", "pipefail", "-c", text]))
            case "run" | "ended":
                if block.mark == "ended":
                    self._end_server()
                self._succeed(block, self._shell(text))
                self._exports += re.findall(r"(?m)^export .*$", text)
            case "serve":
                self._server = self._shell(f"exec {text}")
                self._wait_for(block, text)
            case "file" if self.is_root or Path(self.here(block.path)).parent.is_dir():
                path = Path(self.here(block.path))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
            case _:
                self.left.append(block)
                return
        self.done.append(block)

    def close(self) -> None:
        """Ends the server, if one runs."""
        self._end_server()

    def _shell(self, text: str) -> subprocess.Popen[bytes]:
        words = [*self.become, "bash", "-euxo", "pipefail", "-c", "\n".join([*self._exports, text])]
        environment = {"HOME": str(self.home), "LANG": "C.UTF-8", **self.environment}
        environment.setdefault("PATH", "/usr/local/bin:/usr/bin:/bin")
        return subprocess.Popen(words, cwd=self.home, env=environment)

    def _succeed(self, block: Block, process: subprocess.Popen[bytes]) -> None:
        if process.wait(PATIENCE):
            raise GuideError(f"line {block.line}: ended with {process.returncode}\n{block.text}")

    def _wait_for(self, block: Block, text: str) -> None:
        (port,) = re.findall(r"--port (\d+)", text)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self._server is None or self._server.poll() is not None:
                raise GuideError(f"line {block.line}: the server has ended\n{block.text}")
            with suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
                return
            time.sleep(0.2)
        raise GuideError(f"line {block.line}: the server does not answer\n{block.text}")

    def _end_server(self) -> None:
        if self._server is None:
            return
        self._server.terminate()
        code = self._server.wait(PATIENCE)
        self._server = None
        if code:
            raise GuideError(f"the server ended with {code}")


def main(wheel: Path) -> None:
    """Follows the guide on this very machine."""
    if os.geteuid() != 0 or not os.environ.get("CI"):
        raise SystemExit("This changes the machine: run it as root, with CI=true, in a container.")
    home = Path("/home/taikubot")
    # Where this machine gets its packages from, and by what way.
    ways = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("PIP_") or name.lower().endswith("_proxy")
    }
    reader = Reader(home, become=BECOME, environment=ways, is_root=True)
    try:
        for block in blocks(GUIDE.read_text("utf-8")):
            print(f"\n— line {block.line}: {MARKS[block.mark]}", flush=True)
            reader.follow(block)
            if home.is_dir() and not list(home.glob("*.whl")):
                shutil.copy(wheel, home)
    except GuideError as error:
        raise SystemExit(str(error)) from None
    finally:
        reader.close()
    for block in reader.left:
        print(f"not tried, line {block.line}: {MARKS[block.mark]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
