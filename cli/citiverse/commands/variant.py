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
    from citiverse_tiling.variants.hiding import Covered

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Description:
    """What the planner says of the variant."""

    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What of the scene makes room for it, by ids or as it stands there, and looks otherwise."""

    replaces: tuple[str, ...]
    replaces_footprint: bool
    keeps: tuple[str, ...]
    restyles: tuple[str, ...]


def add(tiling: TileOptions, said: Description, changes: Changes) -> None:
    """Add the variant to the scene that is the output; say what it holds and what makes room."""
    # A heavy import, which who only asks for --help doesn't wait for.
    from citiverse_tiling.variants import variant
    from citiverse_tiling.variants.restyling import read_wish

    if tiling.inputs:
        check_files(tiling.inputs)
    check_name(said.name)
    scene = tiling.output
    with one_sentence(TilingError, OSError), progress.shown() as show:
        options = variant.VariantOptions(
            tiling,
            scene,
            said.name,
            said.title,
            said.description,
            changes.replaces,
            changes.replaces_footprint,
            changes.keeps,
            tuple(read_wish(one, scene) for one in changes.restyles),
        )
        added = variant.add(options, show)
    made, found = added.variant, added.footprints
    tiles = sum(layer.tiles for layer in made.layers)
    features = sum(layer.features for layer in made.layers)
    print(f"{made.name}: {made.title}: {tiles:,} tiles, {features:,} features.")
    if (revised := added.revised) is not None:
        print(
            f"Of its former elements {revised.same:,} are the same, {revised.renamed:,} have"
            f" another id and {revised.gone:,} are gone; {revised.new:,} are new. Comments go with"
            " them."
        )
    print(f"Not there in it: {_listed(made.hides) or 'nothing'}.")
    if found.covered:
        print(f"note: it stands on {_shares(found.covered)}; --keeps ID leaves one where it is.")
    if found.touched:
        print(f"note: it touches what stays: {_shares(found.touched)}.")
    if made.restyles:
        print(f"Looks otherwise in it: {_listed(tuple(one.id for one in made.restyles))}.")
    for line in summary.lines(added.summary.report) if added.summary else ():
        print(line)
    print(f"It is in {scene}. Walk in it: citiverse serve {scene}")
    has_losses = added.summary is not None and added.summary.report.has_losses
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


def _shares(covered: tuple[Covered, ...]) -> str:
    """The first few, with the share of the ground of each."""
    return _listed(tuple(f"{one.id} ({one.share:.0%})" for one in covered))
