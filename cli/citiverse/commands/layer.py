"""`citiverse layer`: adds a foreign tileset to a scene, and says what came of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from citiverse import progress
from citiverse.commands.tile import check_name
from citiverse.exits import one_sentence
from citiverse_tiling.errors import TilingError
from citiverse_tiling.names import slug

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.options import Attribution, Reality


_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:/")


@dataclass(frozen=True, slots=True)
class Description:
    """What the officer says of the layer; the name is that of the tileset's folder if None."""

    name: str | None
    title: str | None
    attributions: tuple[Attribution, ...]
    reality: Reality


def add(scene: Path, tileset: Path, said: Description) -> None:
    """Add the layer; say how large it is, how it is shown, and what comes next."""
    # A heavy import, which who only asks for --help doesn't wait for.
    from citiverse_tiling.foreign import layer

    if _URL.match(str(tileset)):
        raise typer.BadParameter(
            f"{tileset} is on the web, and nothing is fetched: download the tileset first"
        )
    folder = tileset if tileset.is_dir() else tileset.parent
    name = said.name or slug(folder.resolve().name)
    check_name(name)
    options = layer.LayerOptions(scene, tileset, name, said.title, said.reality, said.attributions)
    with one_sentence(TilingError, OSError), progress.shown() as show:
        added = layer.add(options, show)
    made = added.layer
    print(f"{made.name}: {made.tiles:,} tiles, {made.features:,} features.")
    for note in added.notes:
        print(f"note: {note}.")
    if not made.attributions:
        print("note: nobody is named for it; say whom with --attribution.")
    print(f"It is in {scene}. Walk in it: citiverse serve {scene}")


def remove(scene: Path, name: str) -> None:
    """Remove the layer."""
    from citiverse_tiling.foreign import layer

    with one_sentence(TilingError, OSError):
        layer.remove(scene, name)
    print(f"{name} is no more in {scene}.")
