"""Builds the page of 3d-tiles-renderer that `citiverse bench stream` measures us against.

Its libraries are those that the tests open our scenes in (scripts/foreign.py), at the versions of
tests/foreign/package-lock.json. Prints the folder with the built page.
"""

from __future__ import annotations

import gzip
import shutil
import sys
from pathlib import Path

import client
import foreign
import node
import stamps

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "scripts" / "peer_viewer"
PLACE = foreign.PLACE / "peer_viewer"
VITE = ROOT / "web-client" / "node_modules" / "vite" / "bin" / "vite.js"


def build() -> Path:
    """The folder with index.html and its script, each with its gzipped copy.

    Raises node.NodeError.
    """
    foreign.fetch()
    client.install_packages(ROOT)
    built, stamp = PLACE / "dist", PLACE / ".stamp"
    wanted = stamps.digest((*PAGE.iterdir(), foreign.PAGES / "package-lock.json"))
    if not stamps.is_current(stamp, wanted):
        shutil.copytree(PAGE, PLACE, dirs_exist_ok=True)
        node.run(node.node(str(VITE), "build", "--logLevel", "warn"), PLACE)
        for script in built.glob("assets/*.js"):
            compressed = gzip.compress(script.read_bytes(), mtime=0)
            script.with_name(f"{script.name}.gz").write_bytes(compressed)
        stamps.write(stamp, wanted)
    return built


if __name__ == "__main__":
    try:
        print(build())
    except node.NodeError as error:
        sys.exit(f"The page of 3d-tiles-renderer could not be built: {error}")
