"""Fetches the viewers that others made, in which the tests open our scenes.

Called by the set-up (`scripts/setup.py`). Pages and packages lie together in .cache/foreign.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import node
import stamps

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "tests" / "foreign"
PLACE = ROOT / ".cache" / "foreign"


def fetch() -> None:
    """`npm ci` of the locked packages, and the pages beside them. Raises node.NodeError."""
    files = tuple(sorted(PAGES.iterdir()))
    stamp, wanted = PLACE / ".stamp", stamps.digest(files)
    if stamps.is_current(stamp, wanted):
        return
    print("Fetching other viewers for the tests", flush=True)
    PLACE.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy(file, PLACE)
    node.run(node.npm("ci", "--ignore-scripts", "--no-progress"), PLACE)
    stamps.write(stamp, wanted)


if __name__ == "__main__":
    try:
        fetch()
    except node.NodeError as error:
        sys.exit(f"The other viewers could not be fetched: {error}")
