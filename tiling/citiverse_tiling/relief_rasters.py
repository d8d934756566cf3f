"""RasterRelief: terrain of a city model that is a raster in a file beside it (12-019, 10.2.3)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from citiverse_tiling import sources
from citiverse_tiling.errors import InputError
from citiverse_tiling.model import CityObject, Place
from citiverse_tiling.report import Loss, Reason
from citiverse_tiling.sources.coverages import NO_COVERAGES
from citiverse_tiling.sources.image_files import ImageFiles, NoImage

if TYPE_CHECKING:
    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.report import Report
    from citiverse_tiling.segment import Relief
    from citiverse_tiling.sources.coverages import Coverages

_FILE_NAMES = ("filename", "filereference")


def raster_of(relief: Relief, path: Path, crs: CrsRegistry, report: Report) -> Coverages:
    """The terrain that a RasterRelief of the file at `path` points at.

    It counts as one surface; where its file isn't beside the model or can't be used, it is listed.
    """
    item = CityObject(
        relief.source_id,
        relief.class_name,
        Place(relief.file, relief.line),
        attributes=relief.attributes,
    )
    report.read(item.place.file, item.class_name, 1)
    named = (
        str(value)
        for name, value in item.attributes.items()
        if name.rpartition(".")[2].lower() in _FILE_NAMES
    )
    name = next(named, "")
    try:
        coverages = sources.open_coverage(Path(ImageFiles(path).find(name)), crs, report)
    except NoImage as problem:
        return _lost(item, f"{name}: {problem}", report)
    except InputError as error:
        return _lost(item, f"{name}: {error.problem}", report)
    if coverages is None:
        return _lost(item, f"{name}: no raster that can be read", report)
    report.write(item, 1)
    return coverages


def _lost(item: CityObject, detail: str, report: Report) -> Coverages:
    report.lose(Loss.of(item, Reason.UNRESOLVED_LINK, detail[:300]))
    return NO_COVERAGES
