"""`citiverse tile`: options from words, a run of the pipeline, and its summary."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import typer

from citiverse import progress, summary
from citiverse.elsewhere import as_named, brought_here
from citiverse.exits import Exit, one_sentence
from citiverse_tiling.errors import TilingError
from citiverse_tiling.objects import is_remote
from citiverse_tiling.options import (
    Attribution,
    LocalPlace,
    LodPolicy,
    Origin,
    TileOptions,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from citiverse_tiling.options import LodChoice
    from citiverse_tiling.pipeline import TileSummary

LOD = re.compile(r"[0-4](\.\d)?")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def run(options: TileOptions, as_json: bool, progress_lines: bool = False) -> None:
    """Tile, say how it went, and end with the exit code of the contract."""
    # A heavy import, which who only needs the options below doesn't wait for.
    from citiverse_tiling.pipeline import tile

    shown = progress.as_lines() if progress_lines else progress.shown()
    with (
        one_sentence(TilingError, OSError),
        shown as show,
        brought_here(options) as here,
    ):
        done = tile(here, show)
        report = json.loads((here.output / "report.json").read_bytes()) if as_json else None
    if as_json:
        print(json.dumps({"scene": as_named(options.output), "report": report}))
    else:
        print_summary(options, done)
    raise typer.Exit(Exit.DONE_WITH_LOSSES if done.report.has_losses else Exit.DONE)


def print_summary(options: TileOptions, done: TileSummary) -> None:
    """A table and sentences on standard output, the next step last."""
    from rich.console import Console
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    for row in summary.rows(done):
        table.add_row(*row)
    console = Console(file=sys.stdout, highlight=False, markup=False)
    console.print(table)
    for line in summary.lines(done.report):
        console.print(line, soft_wrap=True)
    place = as_named(options.output)
    console.print(f"The scene is {place}. Walk in it: citiverse serve {place}", soft_wrap=True)


def place_of(words: str) -> LocalPlace:
    """`lon,lat[,height[,heading]]` in degrees and metres. Raises typer.BadParameter."""
    try:
        numbers = [float(word) for word in words.split(",")]
    except ValueError:
        numbers = []
    if not 2 <= len(numbers) <= 4:
        raise typer.BadParameter(
            f"'{words}' is no place: write lon,lat,height,heading, such as 13.06,52.4,35,0"
        )
    lon, lat, height, heading = (*numbers, 0.0, 0.0)[:4]
    if not (abs(lon) <= 180 and abs(lat) <= 90 and abs(height) <= 1e5 and abs(heading) <= 360):
        raise typer.BadParameter(
            f"'{words}' is not on Earth: lon is -180 to 180, lat is -90 to 90, height is in metres"
        )
    return LocalPlace(lon, lat, height, heading)


def origin_of(words: str) -> Origin:
    """`lon,lat` in degrees. Raises typer.BadParameter."""
    place = place_of(words)
    if words.count(",") > 1:
        raise typer.BadParameter(f"'{words}' is no origin: write lon,lat, such as 13.06,52.4")
    return Origin(place.lon, place.lat)


def crs_of(words: Sequence[str]) -> str | None:
    """The one of `[NAME=]EPSG:n` without a name. Raises typer.BadParameter where there are more."""
    plain = [word for word in words if "=" not in word]
    if len(plain) > 1:
        raise typer.BadParameter(f"two coordinate systems for all files: {', '.join(plain)}")
    return plain[0] if plain else None


def crs_names_of(words: Sequence[str]) -> dict[str, str]:
    """Those of `[NAME=]EPSG:n` with a name."""
    named = (word.rpartition("=") for word in words if "=" in word)
    return {name.strip(): code.strip() for name, _, code in named}


def attributions_of(words: Sequence[str]) -> tuple[Attribution, ...]:
    """Each `TEXT[;LICENCE]`. Raises typer.BadParameter."""
    made = []
    for word in words:
        text, _, licence = (part.strip() for part in word.partition(";"))
        if not text:
            raise typer.BadParameter("an attribution needs a text before its licence")
        made.append(Attribution(text, licence))
    return tuple(made)


def lods_of(words: Sequence[str]) -> LodPolicy:
    """Each `[CLASS=]highest|lowest|N`. Raises typer.BadParameter."""
    default: LodChoice = "highest"
    by_class: dict[str, LodChoice] = {}
    for word in words:
        class_name, _, choice = word.rpartition("=")
        if class_name:
            by_class[class_name.strip()] = _lod_of(choice.strip())
        else:
            default = _lod_of(choice.strip())
    return LodPolicy(default, by_class)


def _lod_of(word: str) -> LodChoice:
    if word == "highest":
        return "highest"
    if word == "lowest":
        return "lowest"
    if not LOD.fullmatch(word):
        raise typer.BadParameter(
            f"'{word}' is no level of detail: write highest, lowest or a number from 0 to 4"
        )
    return float(word)


def check_name(name: str) -> None:
    """Raises typer.BadParameter where the name can't be part of a link (scene.md)."""
    if not NAME.fullmatch(name):
        raise typer.BadParameter(
            f"'{name}' can't be part of a link: take lower-case letters, digits and hyphens"
        )


def check_files(files: Sequence[Path]) -> None:
    """Raises typer.BadParameter where a file that was named can't be read, or was named twice."""
    seen: set[Path] = set()
    for file in files:
        if not is_remote(file) and not file.exists():
            raise typer.BadParameter(f"there is no file or folder {file}")
        if file.resolve() in seen:
            raise typer.BadParameter(f"{file} is named twice: all in it would stand there twice")
        seen.add(file.resolve())
