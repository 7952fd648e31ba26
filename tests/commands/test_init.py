"""What `init` makes is for others to read at most, whatever the umask."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(os.name == "nt", reason="Folders have no modes there.")
def test_nobody_else_may_write_in_what_init_makes(tmp_path: Path) -> None:
    target = tmp_path / "new" / "ours"
    subprocess.run(
        [sys.executable, "-m", "bot", "init", str(target)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=60,
        umask=0,
    )
    made = [target.parent, target, *target.rglob("*")]
    assert target / "content" in made
    assert not [path for path in made if stat.S_IMODE(path.stat().st_mode) & 0o022]
