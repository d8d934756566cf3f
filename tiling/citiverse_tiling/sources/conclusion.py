"""What is said of a city model when all of it has been read: its description, and warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_tiling.errors import EmptyCity
from citiverse_tiling.report import InputDescription
from citiverse_tiling.sources.themes import describe_themes

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.report import Report
    from citiverse_tiling.sources.parts import Found


def conclude(path: Path, found: Found, theme: str | None, report: Report) -> None:
    """Describe a city model in the report; `theme` is the one that was asked for.

    Raises EmptyCity where nothing in it can be shown.
    """
    for sentence in _warnings(found):
        report.warn(f"{path.name}: {sentence}")
    report.inputs.append(
        InputDescription(
            file=path.name,
            bytes=path.stat().st_size,
            format=found.format,
            version=found.version,
            crs=tuple(found.north_first),
            title=found.title,
            contact=found.contact,
            licence=found.licence,
            details=describe_themes(path.name, found, theme, report),
        )
    )
    if not found.objects:
        classes = ", ".join(sorted(found.unseen_classes)[:10])
        raise EmptyCity(
            "there is nothing in it that can be shown" + (f", only {classes}" if classes else ""),
            file=path,
            remedy="give a file with buildings, bridges, roads, water, plants or terrain",
        )


def _warnings(found: Found) -> list[str]:
    sentences = []
    if found.has_feared_water:
        sentences.append("its water is a flood that may come, and is shown as if it were there")
    if found.unkept_attributes:
        count = found.unkept_attributes
        sentences.append(f"{count} attributes are not kept: too many in one object, or too deep")
    if found.unkept_curves:
        kinds = ", ".join(sorted(found.unkept_curves))
        sentences.append(f"curves and points are not tiled ({kinds})")
    if found.unkept_surface_attributes:
        kinds = ", ".join(sorted(found.unkept_surface_attributes)[:10])
        sentences.append(f"attributes of single surfaces are not kept ({kinds})")
    for class_name, count in sorted(found.extension_classes.items())[:10]:
        sentences.append(f"{count} objects are of an extension's class {class_name}")
    if found.different_backs:
        count = found.different_backs
        sentences.append(f"{count} surfaces look different from behind; only their front is drawn")
    if found.dead_links:
        sentences.append(f"{found.dead_links} links to materials or textures lead nowhere")
    return sentences
