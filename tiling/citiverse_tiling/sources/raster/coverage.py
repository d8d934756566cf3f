"""A raster as what it is: terrain, or a photo of the ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

from citiverse_tiling.errors import InputError
from citiverse_tiling.report import InputDescription
from citiverse_tiling.sources.coverages import Coverages
from citiverse_tiling.sources.raster.opening import FORMATS, check_size, opened, placed
from citiverse_tiling.sources.raster.photo import photo_of
from citiverse_tiling.sources.raster.terrain import RasterTerrain
from citiverse_tiling.sources.wkt import crs_name

if TYPE_CHECKING:
    from pathlib import Path

    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.report import Report


def open_coverage(path: Path, crs: CrsRegistry, report: Report) -> Coverages:
    """The terrain or photo that a file holds; appends to `report.inputs`.

    Raises InputError where it is broken, too large, or neither; UnknownCrs; BadCoordinates.
    """
    with opened(path) as raster:
        check_size(path, raster)
        key = crs.resolve(crs_name(raster.crs.to_wkt() if raster.crs else None), path, None)
        found = placed(path, raster, crs, key)
        kinds = sorted(set(raster.dtypes))
        is_photo = set(kinds) <= {"uint8", "uint16"} and (raster.count > 1 or kinds == ["uint8"])
        if not is_photo and (raster.count > 1 or "complex" in kinds[0]):
            raise InputError(
                f"{raster.count} bands of {', '.join(kinds)} are neither terrain (one band) nor a "
                "photo (bands of 8 or 16 bits)",
                file=path,
            )
        what = "photo" if is_photo else "terrain"
        size = f"{raster.width:,} × {raster.height:,} cells of {found.footprint.spacing_m:.3g} m"
        report.inputs.append(
            InputDescription(
                path.name,
                path.stat().st_size,
                FORMATS[raster.driver],
                "",
                (key,),
                details=(f"{what}: {size}, {raster.count} × {raster.dtypes[0]}",),
            )
        )
        if is_photo:
            return Coverages(photos=(photo_of(found, raster),))
    return Coverages(terrains=(RasterTerrain(found),))
