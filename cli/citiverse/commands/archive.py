"""`citiverse archive`: a scene as one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse.exits import one_sentence
from citiverse_tiling.archive import pack
from citiverse_tiling.errors import TilingError

if TYPE_CHECKING:
    from pathlib import Path


def run(scene: Path, archive: Path) -> None:
    """Pack the scene, and say how large the archive is and what comes next."""
    with one_sentence(TilingError, OSError):
        size = pack(scene, archive)
    print(f"{archive}: {size / 1e6:,.1f} MB. Walk in it: citiverse serve {archive}")
