"""LAS and LAZ, read in chunks: heights of the ground at the nodes of a grid."""

from __future__ import annotations

import struct
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from citiverse_tiling.errors import BadCoordinates, InputError
from citiverse_tiling.report import InputDescription
from citiverse_tiling.sources.coverages import Coverages
from citiverse_tiling.sources.placing import Footprint, spacing_m
from citiverse_tiling.sources.pointcloud.ground_points import ground_of_lowest
from citiverse_tiling.sources.wkt import crs_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.model import Float64Array
    from citiverse_tiling.report import Report
    from citiverse_tiling.sources.placing import Placing
    from citiverse_tiling.transforms.raster import Grid

GROUND, LOW_NOISE, HIGH_NOISE = 2, 7, 18
"""Classes of points (ASPRS LAS 1.4 R15, table 17)."""

MOST_POINTS = 2_000_000_000
MOST_POINTS_A_BYTE = 8
"""The best LAZ takes a byte for two points."""

CHUNK_POINTS = 500_000
_BROKEN = (RuntimeError, ValueError, EOFError, ArithmeticError, OSError, MemoryError)
"""What laspy and LAZ's library raise beside their own: LazrsError is a RuntimeError, and a place
that is in no file an OSError."""


_VERSION_AT, _POINTS_OFFSET_AT, _POINT_FORMAT_AT, _COMPRESSED = 24, 96, 104, 0x80
_RECORD_BYTES, _LATE_RECORD_BYTES, _LATE_RECORDS_AT = 54, 60, 243
_TABLE_OFFSET_BYTES, _TABLE_AT_END = 8, -1
_MOST_PRJ_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class PointTerrain:
    """The ground under a cloud of points (sources.coverages.Terrain).

    Where points are classified it is made of those of class 2, else of the lowest.
    """

    footprint: Footprint
    is_classified: bool

    def heights(self, grid: Grid, placing: Placing) -> Float64Array:
        """Scene z at the nodes of a grid (rows, columns), NaN where there are no points near."""
        size = grid.rows * grid.columns
        sums, counts = np.zeros(size), np.zeros(size)
        lowest = np.full(size, np.inf)
        low, high = self._reach(grid, placing)
        with opened(self.footprint.path) as reader:
            for points in _chunks(reader, self.is_classified):
                x, y = points[:, 0], points[:, 1]
                points = points[(x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1])]
                scene = placing.to_scene(self.footprint.crs, points)
                node = np.rint((scene[:, :2] - grid.origin) / grid.spacing_m).astype(np.int64)
                inside = ((node >= 0) & (node < [grid.columns, grid.rows])).all(axis=1)
                row, z = node[inside, 1] * grid.columns + node[inside, 0], scene[inside, 2]
                if self.is_classified:
                    sums += np.bincount(row, z, size)
                    counts += np.bincount(row, minlength=size)
                else:
                    np.minimum.at(lowest, row, z)
        shape = (grid.rows, grid.columns)
        if not self.is_classified:
            lowest[np.isinf(lowest)] = np.nan
            return ground_of_lowest(lowest.reshape(shape), grid.spacing_m)
        means: Float64Array = np.full(size, np.nan)
        np.divide(sums, counts, out=means, where=counts > 0)
        return means.reshape(shape)

    def _reach(self, grid: Grid, placing: Placing) -> tuple[Float64Array, Float64Array]:
        """A box (2,) and (2,) in the file's CRS that holds the grid with a margin."""
        steps = np.linspace(-0.05, 1.05, 9)
        flat = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
        flat = grid.origin + flat * np.array([grid.columns, grid.rows]) * grid.spacing_m
        points = np.column_stack([flat, np.zeros(len(flat))])
        found = placing.to_source(self.footprint.crs, points)[:, :2]
        return found.min(axis=0), found.max(axis=0)


def accepts(head: bytes) -> bool:
    """Whether a file that begins so is LAS or LAZ."""
    return head.startswith(b"LASF")


def open_coverage(path: Path, crs: CrsRegistry, report: Report) -> Coverages:
    """The terrain that a cloud of points tells; appends to `report.inputs`.

    Reads all points once, to know whether they are classified and where they lie: headers say
    what they like. Raises InputError where the file is broken; UnknownCrs; BadCoordinates.
    """
    with opened(path) as reader:
        header = reader.header
        size = path.stat().st_size
        if header.point_count > min(MOST_POINTS, size * MOST_POINTS_A_BYTE):
            raise InputError(f"it claims {header.point_count:,} points, too many for it", path)
        key = crs.resolve(_crs_of(path, header), path, None)
        counts = np.zeros(256, np.int64)
        low, high, total = np.full(3, np.inf), np.full(3, -np.inf), 0
        for chunk in reader.chunk_iterator(CHUNK_POINTS):
            points = _coordinates(chunk)
            counts += np.bincount(chunk.classification, minlength=256)
            low, high = np.minimum(low, points.min(axis=0)), np.maximum(high, points.max(axis=0))
            total += len(points)
        version, form = header.version, "LAZ" if header.are_points_compressed else "LAS"
    if not total or not np.isfinite([low, high]).all():
        raise InputError("it holds no points that can be used", path)
    footprint = _footprint(path, crs, key, low, high, total)
    ground = int(counts[GROUND])
    noise = int(counts[LOW_NOISE] + counts[HIGH_NOISE])
    told = f"{ground:,} of the ground" if ground else "not classified: the lowest are the ground"
    report.inputs.append(
        InputDescription(
            path.name,
            size,
            form,
            str(version),
            (key,),
            details=(f"{total:,} points, {told}, {noise:,} of noise left out",),
        )
    )
    return Coverages(terrains=(PointTerrain(footprint, ground > 0),))


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A laspy reader. InputError for whatever it finds wrong, also inside."""
    import laspy

    refuse_false_counts(path)
    try:
        with laspy.open(path) as reader:
            yield reader
    except (laspy.LaspyException, *_BROKEN) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:160]
        raise InputError(f"it can't be read as a cloud of points ({reason})", path) from error


def refuse_false_counts(path: Path) -> None:
    """InputError where a file claims more records before its points than fit, or more chunks.

    The library goes through as many as are claimed, or takes memory for them, and ends the process
    where it gets none. The number of chunks stands at the beginning of LAZ's chunk table, whose
    place stands before the points, or at the end of the file where it was written as a stream
    (ASPRS LAS 1.4 R15, tables 3 and 5; LASzip, lasreadpoint.cpp).
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        points_at, records = _unpacked(file, _POINTS_OFFSET_AT, "<II")
        (form,) = _unpacked(file, _POINT_FORMAT_AT, "<B")
        version = _unpacked(file, _VERSION_AT, "<BB")
        (late_records,) = _unpacked(file, _LATE_RECORDS_AT, "<I")
        if points_at > size or records * _RECORD_BYTES > points_at:
            raise InputError(f"it claims {records:,} records before its points, too many", path)
        if version >= (1, 4) and late_records * _LATE_RECORD_BYTES > size:
            raise InputError(f"it claims {late_records:,} records after its points, too many", path)
        if not form & _COMPRESSED:
            return
        (table_at,) = _unpacked(file, points_at, "<q")
        if table_at == _TABLE_AT_END:
            (table_at,) = _unpacked(file, max(0, size - _TABLE_OFFSET_BYTES), "<q")
        _, chunks = _unpacked(file, table_at if 0 <= table_at < size else size, "<II")
    if chunks > size:
        raise InputError(f"it claims {chunks:,} chunks, too many for it", path)


def _unpacked(file: BinaryIO, at: int, form: str) -> tuple[int, ...]:
    """Numbers at a place of a file, zeros where it has none there."""
    size = struct.calcsize(form)
    file.seek(at)
    return struct.unpack(form, file.read(size).ljust(size, b"\0"))


def _chunks(reader: Any, only_ground: bool) -> Iterator[Float64Array]:
    """Coordinates (n, 3) of the points that may be ground, without noise and withheld ones."""
    for chunk in reader.chunk_iterator(CHUNK_POINTS):
        kinds = np.asarray(chunk.classification)
        kept = kinds == GROUND if only_ground else (kinds != LOW_NOISE) & (kinds != HIGH_NOISE)
        kept &= np.asarray(chunk.withheld) == 0
        points = _coordinates(chunk)[kept]
        yield points[np.isfinite(points).all(axis=1)]


def _coordinates(chunk: Any) -> Float64Array:
    return np.column_stack([chunk.x, chunk.y, chunk.z]).astype(np.float64)


def _crs_of(path: Path, header: Any) -> str | None:
    """By the header, else by a `.prj` beside the file."""
    found = header.parse_crs()
    if found is not None:
        return crs_name(found.to_wkt())
    for name in (path.with_suffix(".prj"), path.with_suffix(".PRJ")):
        if name.is_file():
            with name.open(encoding="utf-8", errors="replace") as file:
                return crs_name(file.read(_MOST_PRJ_BYTES))
    return None


def _footprint(
    path: Path, crs: CrsRegistry, key: str, low: Float64Array, high: Float64Array, points: int
) -> Footprint:
    middle = (low + high) / 2
    middle[2] = 0.0
    try:
        if not crs.in_area_of_use(key, middle[None]):
            raise BadCoordinates(
                f"it lies outside of where {key} is used", remedy="give the right CRS with --crs"
            )
        width = spacing_m(crs, key, middle, np.array([high[0] - low[0], 0.0, 0.0]))
        depth = spacing_m(crs, key, middle, np.array([0.0, high[1] - low[1], 0.0]))
    except BadCoordinates as error:
        raise BadCoordinates(error.problem, file=path, remedy=error.remedy) from error
    return Footprint(path, key, low[:2], high[:2], float(np.sqrt(width * depth / points)))
