"""`citiverse variant`: adds a proposal to a scene, and says what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from citiverse import progress, summary
from citiverse.commands.tile import check_files, check_name
from citiverse.exits import Exit, one_sentence
from citiverse_tiling.errors import TilingError

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.options import TileOptions

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Description:
    """What the planner says of the variant."""

    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Room:
    """What makes room for it: features by their ids, and what stands where it stands."""

    replaces: tuple[str, ...]
    replaces_footprint: bool


def add(tiling: TileOptions, said: Description, room: Room) -> None:
    """Add the variant to the scene that is the output; say what it holds and what makes room."""
    # A heavy import, which who only asks for --help doesn't wait for.
    from citiverse_tiling.variants import variant

    check_files(tiling.inputs)
    check_name(said.name)
    scene = tiling.output
    options = variant.VariantOptions(
        tiling,
        scene,
        said.name,
        said.title,
        said.description,
        room.replaces,
        room.replaces_footprint,
    )
    with one_sentence(TilingError, OSError), progress.shown() as show:
        added = variant.add(options, show)
    made = added.variant
    tiles = sum(layer.tiles for layer in made.layers)
    features = sum(layer.features for layer in made.layers)
    print(f"{made.name}: {made.title}: {tiles:,} tiles, {features:,} features.")
    print(f"Not there in it: {_listed(made.hides) or 'nothing'}.")
    if added.touched:
        print(f"note: it touches what stays: {_listed(added.touched)}.")
    for line in summary.lines(added.summary.report):
        print(line)
    print(f"It is in {scene}. Walk in it: citiverse serve {scene}")
    has_losses = added.summary.report.has_losses
    raise typer.Exit(Exit.DONE_WITH_LOSSES if has_losses else Exit.DONE)


def remove(scene: Path, name: str) -> None:
    """Remove the variant."""
    from citiverse_tiling.variants import variant

    with one_sentence(TilingError, OSError):
        variant.remove(scene, name)
    print(f"{name} is no more in {scene}.")


def _listed(identities: tuple[str, ...]) -> str:
    """The first few, and how many more."""
    more = len(identities) - SHOWN
    return ", ".join(identities[:SHOWN]) + (f" and {more:,} more" if more > 0 else "")
