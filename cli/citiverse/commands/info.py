"""`citiverse info`: what is in city files, as a table for each or as one JSON object."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec
import typer

from citiverse import progress
from citiverse.exits import Exit, one_sentence
from citiverse.summary import REASONS, SHOWN_LOSSES, describe
from citiverse_tiling.errors import TilingError
from citiverse_tiling.info import FileInfo, describe_file
from citiverse_tiling.inputs import opened
from citiverse_tiling.scene_info import describe_scene, is_scene
from citiverse_tiling.visibility.visibility_bin import NAME as VISIBILITY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from citiverse_tiling.info import Box
    from citiverse_tiling.inputs import InputFile
    from citiverse_tiling.manifest import ForeignLayer, Layer
    from citiverse_tiling.options import LocalPlace, Progress
    from citiverse_tiling.scene_info import SceneInfo

SHOWN_IMAGES = 5

_Json: TypeAlias = "dict[str, object]"


@dataclass(frozen=True, slots=True)
class Where:
    """What the user says of where things are; as in `options.TileOptions`."""

    crs: str | None
    place: LocalPlace | None
    crs_names: Mapping[str, str]


def run(named: Sequence[Path], where: Where, as_json: bool) -> None:
    """Describe each file; end with `Exit.FAILED` where `citiverse tile` would refuse one.

    Scenes are described by their manifests.
    """
    from rich.console import Console

    console = Console(file=sys.stdout, highlight=False, markup=False)
    printed: list[_Json] = []
    refused = False
    with one_sentence(TilingError, OSError):
        scenes = {path: describe_scene(path) for path in named if is_scene(path)}
    for path, scene in scenes.items():
        if not as_json:
            print_scene(path, scene, console)
    with (
        one_sentence(TilingError, OSError),
        progress.shown() as show,
        opened([path for path in named if path not in scenes]) as inputs,
    ):
        for file in inputs.files:
            try:
                found = _described(file, where, show)
            except (TilingError, OSError) as error:
                refused = True
                printed.append({"file": file.shown, "refused": str(error)})
                print(f"citiverse: {error}", file=sys.stderr)
                continue
            refused = refused or bool(found.refused)
            printed.append(to_json(found))
            if not as_json:
                print_file(found, console)
    if as_json:
        said = [_scene_to_json(path, scene) for path, scene in scenes.items()]
        also = {"scenes": said} if said else {}
        print(json.dumps({"files": printed, "skipped": inputs.skipped, **also}))
    elif inputs.skipped:
        print(f"Passed by: {len(inputs.skipped):,} files of no format that can be read.")
    raise typer.Exit(Exit.FAILED if refused else Exit.DONE)


def print_scene(path: Path, scene: SceneInfo, console: Console) -> None:
    """A table of what a scene holds."""
    from rich.table import Table

    made = scene.manifest
    table = Table(title=str(path), title_justify="left", show_header=False, box=None)
    table.add_column(style="dim")
    table.add_column()
    table.add_row("Format", f"scene for {made.profile}, {scene.bytes / 1e6:,.2f} MB")
    table.add_row("Title", f"{made.title} ({made.name})")
    table.add_row("Origin", f"{made.origin.lon}, {made.origin.lat}")
    layers: tuple[Layer | ForeignLayer, ...] = (*made.layers, *made.foreign)
    for layer in layers:
        what = f"{layer.tiles:,} tiles, {layer.features:,} features, {layer.reality}"
        table.add_row(layer.title, what)
    if VISIBILITY in made.checksums:
        table.add_row("Visibility", "known from each spot where people walk")
    named = (source for layer in made.foreign for source in layer.attributions)
    for variant in made.variants:
        what = f"{variant.title}, {sum(layer.features for layer in variant.layers):,} features"
        changes = f"hides {len(variant.hides):,}, restyles {len(variant.restyles):,}"
        table.add_row(f"Variant {variant.name}", f"{what}, {changes}")
    for source in (*made.attributions, *named):
        table.add_row("Source", ", ".join(part for part in (source.text, source.licence) if part))
    console.print(table)


def _scene_to_json(path: Path, scene: SceneInfo) -> _Json:
    manifest = json.loads(msgspec.json.encode(scene.manifest))
    return {"scene": str(path), "bytes": scene.bytes, "manifest": manifest}


def _described(file: InputFile, where: Where, show: Progress) -> FileInfo:
    """What is in a file, called as the user knows it."""
    try:
        found = describe_file(file.path, where.crs, where.place, show, where.crs_names)
    except TilingError as error:
        if error.file == file.path:
            error.file = Path(file.shown)
        raise
    return replace(found, file=Path(file.shown))


def print_file(found: FileInfo, console: Console) -> None:
    """A table of what is in a file, then what is amiss with it."""
    from rich.table import Table

    table = Table(title=str(found.file), title_justify="left", show_header=False, box=None)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for row in rows(found):
        table.add_row(*row)
    console.print(table)
    for line in problems(found):
        console.print(line, soft_wrap=True)
    console.print()


def rows(found: FileInfo) -> list[tuple[str, str]]:
    """The table: what, how it is."""
    form = f"{found.format} {found.version}".strip()
    said = [("Format", f"{form}, {found.bytes / 1e6:,.2f} MB")]
    said += [("Title", found.title)] if found.title else []
    said += [("Contact", found.contact)] if found.contact else []
    said += [(f"CRS {crs.code}", crs.horizontal_name) for crs in found.crs] or [
        ("CRS", "not known")
    ]
    said += [("Heights", crs.vertical_datum) for crs in found.crs]
    said += [(f"Extent {key}".strip(), _extent(box)) for key, box in found.extents.items()]
    if found.lonlat:
        west, south, _ = found.lonlat.low
        east, north, _ = found.lonlat.high
        said.append(
            ("On the map", f"{west:.5f} to {east:.5f} east, {south:.5f} to {north:.5f} north")
        )
    said.append(("City objects", _counts(found.objects)))
    said += [("Not shown", _counts(found.not_selected))] if found.not_selected else []
    said.append(("Surfaces", _counts({f"of LoD {lod}": n for lod, n in found.surfaces.items()})))
    if found.copies.objects:
        copies = f"{found.copies.objects:,} of {found.copies.templates:,} shapes"
        said.append(("Copies", f"{copies}, which stand in many places"))
    said += [("Contents", sentence) for sentence in found.details]
    count = len(found.images) + len(found.missing_images)
    if count:
        said.append(("Textures", f"{count:,} images named, {len(found.images):,} there"))
    for one in found.report.dynamizers[:SHOWN_IMAGES]:
        said.append(("Changes", f"{one.target} {one.observed_property} {one.url}".strip()))
    return said


def problems(found: FileInfo) -> list[str]:
    """Sentences on what is amiss, the worst first; one sentence where nothing is."""
    report = found.report
    said = [f"Refused: {found.refused}"] if found.refused else []
    for class_name, count in found.not_read.items():
        said.append(f"Not read: {count:,} objects of class {class_name}.")
    for reason, count in sorted(report.surfaces_lost.items()):
        said.append(f"Can't be shown: {count:,} surfaces {REASONS[reason]}.")
    said += [f"  {describe(loss)}" for loss in report.losses[:SHOWN_LOSSES]]
    if found.missing_images:
        names = ", ".join(found.missing_images[:SHOWN_IMAGES])
        more = " …" if len(found.missing_images) > SHOWN_IMAGES else ""
        said.append(f"Missing: {len(found.missing_images):,} images of textures: {names}{more}")
    if found.repeated_ids:
        said.append(f"Repeated: {found.repeated_ids:,} ids of city objects.")
    for kind, count in sorted(report.repaired.items()):
        said.append(f"Mended while reading: {kind} ({count:,} times).")
    said += [f"Note: {warning}" for warning in report.warnings]
    return said or ["No problems found."]


def to_json(found: FileInfo) -> _Json:
    """The same for a machine: stable names, plain values."""
    report = found.report
    return {
        "file": str(found.file),
        "bytes": found.bytes,
        "format": found.format,
        "version": found.version,
        "title": found.title,
        "contact": found.contact,
        "crs": [asdict(crs) for crs in found.crs],
        "extents": {key: asdict(box) for key, box in found.extents.items()},
        "lonlat": asdict(found.lonlat) if found.lonlat else None,
        "objects": found.objects,
        "not_selected": found.not_selected,
        "not_read": found.not_read,
        "surfaces": found.surfaces,
        "copies": asdict(found.copies),
        "themes": found.themes,
        "details": list(found.details),
        "images": {"present": list(found.images), "missing": list(found.missing_images)},
        "repeated_ids": found.repeated_ids,
        "dynamizers": [asdict(one) for one in report.dynamizers],
        "lost": {reason.value: count for reason, count in sorted(report.surfaces_lost.items())},
        "repaired": dict(sorted(report.repaired.items())),
        "warnings": report.warnings,
        "degraded": {reason.value: count for reason, count in sorted(report.degraded.items())},
        "losses": [{**asdict(loss), "reason": loss.reason.value} for loss in report.losses],
        "refused": found.refused,
    }


def _extent(box: Box) -> str:
    """Easting or longitude, northing or latitude, and height where there is any, from … to …"""
    digits = 6 if max(map(abs, (*box.low[:2], *box.high[:2]))) <= 360 else 2
    across, along, up = zip(box.low, box.high, strict=True)
    flat = [f"{low:.{digits}f} to {high:.{digits}f}" for low, high in (across, along)]
    height = f", height {up[0]:.2f} to {up[1]:.2f}" if any(up) else ""
    return f"{flat[0]}, {flat[1]}{height}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "none"
