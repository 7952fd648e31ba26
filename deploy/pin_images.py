"""Writes the digest of each image that is named here by its tag, so that no other can come in.

    python3 deploy/pin_images.py            asks the images' registry by `docker buildx`

Run by .github/workflows/dependencies.yml, which proposes what changed. A tag can be made to name
another image at any time; a digest names one for ever.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

DEPLOY = Path(__file__).parent
FILES = ("Dockerfile", "compose.yaml", "azure/main.bicep")
NAMED = re.compile(
    r"""^(?P<before>FROM\ |\ +image:\ |param\ \w*[iI]mage\ string\ =\ ')
        (?P<image>[a-z][\w./-]*:[\w.-]+)(?:@sha256:[0-9a-f]{64})?(?P<after>['\s]|$)""",
    re.MULTILINE | re.VERBOSE,
)
"""Images with a tag; what is built here has none."""


def digest(image: str) -> str:
    """The digest that the tag names now."""
    command = ["docker", "buildx", "imagetools", "inspect", image]
    command += ["--format", "{{.Manifest.Digest}}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = done.stdout.strip()
    if done.returncode or not re.fullmatch("sha256:[0-9a-f]{64}", found):
        raise SystemExit(f"{image}: {done.stderr.strip() or 'no digest was told'}")
    return found


def main() -> None:
    """Pins what all files name, or changes none of them."""
    texts = {DEPLOY / name: (DEPLOY / name).read_text("utf-8") for name in FILES}
    images = {found["image"] for text in texts.values() for found in NAMED.finditer(text)}
    digests = {image: digest(image) for image in sorted(images)}
    for path, text in texts.items():
        pinned = NAMED.sub(
            lambda found: (
                f"{found['before']}{found['image']}@{digests[found['image']]}{found['after']}"
            ),
            text,
        )
        if pinned != text:
            path.write_text(pinned, "utf-8")
            print(f"{path.relative_to(DEPLOY.parent)}: pinned", file=sys.stderr)


if __name__ == "__main__":
    main()
