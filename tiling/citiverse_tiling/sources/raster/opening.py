"""Opening rasters that strangers made: by GDAL's drivers for plain local files only, in bounds."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from citiverse_tiling.errors import BadCoordinates, InputError
from citiverse_tiling.sources.placing import Footprint, spacing_m

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.model import Float64Array

FORMATS = {
    "GTiff": "GeoTIFF",
    "AAIGrid": "ASCII grid",
    "JP2OpenJPEG": "JPEG 2000",
    "JPEG": "JPEG with a world file",
    "PNG": "PNG with a world file",
}
"""By GDAL driver. None of these leads to another file but by the names of its sidecars; those
that do (VRT, HFA, WMS …) are never asked."""

MAGIC = (
    (b"II*\0", "GTiff"),
    (b"MM\0*", "GTiff"),
    (b"II+\0", "GTiff"),
    (b"MM\0+", "GTiff"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\0\0\0\x0cjP  ", "JP2OpenJPEG"),
)
_TEXT_BYTES = 256
MOST_CELLS = 10_000_000_000
MOST_BLOCK_BYTES = 256 << 20
"""What must be unpacked to see one cell."""

MOST_UNTILED_CELLS = 400_000_000
"""Of PNG and JPEG, which have to be read from their beginning each time."""

_ENVIRONMENT = {
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_CACHEMAX": 64 << 20,
    "GDAL_MAX_BAND_COUNT": 64,
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
    "GDAL_HTTP_MAX_RETRY": "0",
}


@dataclass(frozen=True, slots=True)
class RasterFile:
    """A raster that can be used.

    forward  float64 (2, 3): column and row (corners of cells) → coordinates
    """

    footprint: Footprint
    width: int
    height: int
    forward: Float64Array

    def cells(self, coordinates: Float64Array) -> Float64Array:
        """Columns and rows (…, 2) of coordinates (…, 2), the north-west cell from 0 to 1."""
        inverse = np.linalg.inv(self.forward[:, :2])
        found: Float64Array = (coordinates - self.forward[:, 2]) @ inverse.T
        return found


def accepts(head: bytes) -> bool:
    """Whether a file that begins so is a raster of a known kind."""
    return _driver_of(head) is not None


def _driver_of(head: bytes) -> str | None:
    """The one driver that may open a file that begins so."""
    for magic, driver in MAGIC:
        if head.startswith(magic):
            return driver
    return "AAIGrid" if head[:_TEXT_BYTES].lstrip().lower().startswith(b"ncols") else None


def is_placed(path: Path) -> bool:
    """Whether a raster says where it lies, by itself or by a world file beside it.

    Raises InputError where it can't be read.
    """
    with opened(path) as raster:
        return bool(raster.crs or raster.gcps[0] or not raster.transform.is_identity)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A rasterio dataset. InputError for whatever rasterio or GDAL finds wrong, also inside."""
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    with path.open("rb") as file:
        driver = _driver_of(file.read(_TEXT_BYTES))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            with (
                rasterio.Env(**_ENVIRONMENT),
                rasterio.open(path.resolve(), driver=driver) as raster,
            ):
                yield raster
    except (RasterioError, MemoryError) as error:
        raise InputError(f"it can't be read as a raster ({_first_line(error)})", path) from error


def _first_line(error: BaseException) -> str:
    cause = error.__cause__ or error
    return (str(cause).splitlines() or [type(cause).__name__])[0][:160]


def check_size(path: Path, raster: Any) -> None:
    """Refuse an open raster that would take too long or too much memory: InputError."""
    cells = raster.width * raster.height
    most = MOST_UNTILED_CELLS if raster.driver in ("PNG", "JPEG") else MOST_CELLS
    if cells > most:
        raise InputError(
            f"{raster.width:,} × {raster.height:,} cells are more than the {most:,} that are read",
            file=path,
            remedy="cut it into pieces",
        )
    if raster.count > 8:
        raise InputError(f"it has {raster.count} bands, more than 8", file=path)
    size = max(np.dtype(kind).itemsize for kind in raster.dtypes)
    block = max(rows * columns for rows, columns in raster.block_shapes) * size * raster.count
    if block > MOST_BLOCK_BYTES:
        raise InputError(
            f"it is stored in pieces of {block >> 20:,} MiB, more than {MOST_BLOCK_BYTES >> 20}",
            file=path,
            remedy="store it as a Cloud Optimized GeoTIFF, in tiles",
        )


def placed(path: Path, raster: Any, crs: CrsRegistry, key: str) -> RasterFile:
    """Where an open raster lies. InputError where it doesn't say so, BadCoordinates."""
    forward = np.array(raster.transform[:6], np.float64).reshape(2, 3)
    if raster.transform.is_identity or not np.isfinite(forward).all():
        raise InputError(
            "it doesn't say where on Earth it lies",
            file=path,
            remedy="add its world file (.tfw, .pgw, .jgw) or its georeference",
        )
    if abs(np.linalg.det(forward[:, :2])) < 1e-24:
        raise InputError("its cells have no size", file=path)
    ends = np.array([[0, 0, 1], [raster.width, 0, 1], [0, raster.height, 1]], np.float64)
    corners = ends @ forward.T
    corners = np.concatenate([corners, corners[1:2] + corners[2:] - corners[:1]])
    low, high = corners.min(axis=0), corners.max(axis=0)
    middle = np.append((low + high) / 2, 0.0)
    try:
        if not crs.in_area_of_use(key, middle[None]):
            raise BadCoordinates(
                f"it lies outside of where {key} is used",
                file=path,
                remedy="give the right CRS with --crs",
            )
        crs.to_ecef(key, np.column_stack([corners, np.zeros(4)]))
        across = spacing_m(crs, key, middle, np.append(forward[:, 0], 0.0))
        along = spacing_m(crs, key, middle, np.append(forward[:, 1], 0.0))
    except BadCoordinates as error:
        raise BadCoordinates(error.problem, file=path, remedy=error.remedy) from error
    footprint = Footprint(path, key, low, high, max(across, along))
    return RasterFile(footprint, raster.width, raster.height, forward)
