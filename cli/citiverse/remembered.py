"""A folder of our own for what must survive: what visitors of the demo said (XDG, state home)."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def folder(name: str) -> Path | None:
    """`$XDG_STATE_HOME/citiverse/<name>`, by default below `~/.local/state`; made where missing.

    None where it can't be written to: then nothing survives.
    """
    chosen = os.environ.get("XDG_STATE_HOME", "")
    # An address that doesn't start at the root is to be ignored, says the standard.
    base = Path(chosen) if chosen.startswith("/") else Path.home() / ".local" / "state"
    place = base / "citiverse" / name
    with suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
    return place if os.access(place, os.W_OK) else None
