"""What is in a city file, in seconds: what one looks at before tiling it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import unquote

import numpy as np

from citiverse_tiling import sources
from citiverse_tiling.crs import CrsDescription, CrsRegistry
from citiverse_tiling.errors import EmptyCity, InputError, UnknownCrs, nothing_drawn
from citiverse_tiling.options import LodPolicy
from citiverse_tiling.report import CopyCounts, Report
from citiverse_tiling.selection import selected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from citiverse_tiling.model import CityObject, Float64Array
    from citiverse_tiling.options import LocalPlace, Progress
    from citiverse_tiling.sources.coverages import Coverages

ANY_METRES = "EPSG:3857"
"""Stands in for a CRS that isn't known: any number of metres is a place in it."""

WGS84 = "EPSG:4979"


@dataclass(frozen=True, slots=True)
class Box:
    """Of all coordinates: east or longitude, north or latitude, height; least and greatest."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class FileInfo:
    """What is in one file.

    details     sentences on what isn't made of city objects
    crs         as resolved, in the order met; none where the file names none that is known
    extents     by CRS key; by "" where the CRS isn't known
    lonlat      the extent in degrees on WGS 84, None where it can't be told
    objects     city objects by class; those that aren't shown (rooms, versions …); those that
                can't be read
    surfaces    by level of detail, of the objects that can be shown
    copies      geometries that the source has once for many places, and how many shapes those are
    themes      how many geometries have each theme of appearances
    images      names of the textures' images that are there, and that aren't
    refused     why `citiverse tile` would make no scene of it, "" where it would
    report      what `tile` would list, but for surfaces that can't be cut into triangles
    """

    file: Path
    bytes: int
    format: str
    version: str
    title: str
    contact: str
    details: tuple[str, ...]
    crs: tuple[CrsDescription, ...]
    extents: dict[str, Box]
    lonlat: Box | None
    objects: dict[str, int]
    not_selected: dict[str, int]
    not_read: dict[str, int]
    surfaces: dict[str, int]
    copies: CopyCounts
    themes: dict[str, int]
    images: tuple[str, ...]
    missing_images: tuple[str, ...]
    repeated_ids: int
    refused: str
    report: Report


@dataclass(slots=True)
class _Tally:
    """Counts objects as they pass."""

    surfaces: Counter[str] = field(default_factory=Counter)
    copies: int = 0
    shapes: set[bytes] = field(default_factory=set)
    themes: Counter[str] = field(default_factory=Counter)
    boxes: dict[str, Float64Array] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    repeated_ids: int = 0

    def watch(self, objects: Iterator[CityObject]) -> Iterator[CityObject]:
        """The same objects, counted."""
        for item in objects:
            self.repeated_ids += item.source_id in self.ids
            self.ids.add(item.source_id)
            for geometry in item.geometries:
                self.surfaces[geometry.lod] += len(geometry.polygons)
                if geometry.placed is not None:
                    self.copies += 1
                    self.shapes.add(blake2b(geometry.placed.local.tobytes()).digest())
                self.themes.update({look.theme for look in geometry.appearances})
                self._extend(geometry.crs, geometry.polygons.coordinates)
            yield item

    def cover(self, coverages: Coverages) -> None:
        """Take the extent of terrain and photos, whose heights aren't looked at."""
        for one in (*coverages.terrains, *coverages.photos):
            corners = np.array([one.footprint.low, one.footprint.high])
            self._extend(one.footprint.crs, np.column_stack([corners, np.zeros(2)]))

    def _extend(self, crs: str, coordinates: Float64Array) -> None:
        finite = coordinates[np.isfinite(coordinates).all(axis=1)]
        if not len(finite):
            return
        box = np.stack([finite.min(axis=0), finite.max(axis=0)])
        known = self.boxes.get(crs, box)
        self.boxes[crs] = np.stack([np.minimum(known[0], box[0]), np.maximum(known[1], box[1])])


def describe_file(
    path: Path,
    crs: str | None,
    place: LocalPlace | None,
    progress: Progress,
    crs_names: Mapping[str, str] | None = None,
) -> FileInfo:
    """Read a file as `pipeline.tile` would, and count instead of making tiles.

    `crs`, `place` and `crs_names` as in `options.TileOptions`. Raises InputError where the file
    can't be read; where only its CRS isn't known, or nothing in it can be shown, `refused` says so.
    """
    registry = CrsRegistry(crs, place, names=crs_names or {})
    try:
        return _describe(path, registry, progress, "")
    except UnknownCrs as error:
        return _describe(path, CrsRegistry(ANY_METRES), progress, str(error))


def _describe(path: Path, crs: CrsRegistry, progress: Progress, refused: str) -> FileInfo:
    report, tally = Report(), _Tally()
    done, size = 0, path.stat().st_size

    def on_bytes(count: int) -> None:
        nonlocal done
        done += count
        progress(f"reading {path.name}", done, size)

    is_placed = not refused
    try:
        coverages = sources.open_coverage(path, crs, report)
        if coverages is None:
            objects = tally.watch(sources.read(path, crs, report, on_bytes))
            drawn = sum(
                len(geometry.polygons)
                for _, geometry in selected(objects, LodPolicy(), report)
                if geometry is not None
            )
            if is_placed and not drawn:
                raise nothing_drawn(path)
        else:
            tally.cover(coverages)
    except EmptyCity as error:
        refused = str(error)
    except InputError as error:
        if is_placed:
            raise
        refused = str(error)
    given = report.inputs[-1] if report.inputs else None
    has_images = given is not None and sources.has_textures(path)
    present, missing = _images(path) if has_images else ((), ())
    return FileInfo(
        file=path,
        bytes=size,
        format=given.format if given else "",
        version=given.version if given else "",
        title=given.title if given else "",
        contact=given.contact if given else "",
        details=given.details if given else (),
        crs=tuple(crs.describe(key) for key in given.crs) if given and is_placed else (),
        extents={key if is_placed else "": _box(box) for key, box in tally.boxes.items()},
        lonlat=_lonlat(crs, tally.boxes) if is_placed else None,
        objects=dict(sorted((report.objects_read - report.objects_not_selected).items())),
        not_selected=dict(sorted(report.objects_not_selected.items())),
        not_read=dict(sorted(report.objects_not_supported.items())),
        surfaces=dict(sorted(tally.surfaces.items())),
        copies=CopyCounts(tally.copies, len(tally.shapes)),
        themes=dict(sorted(tally.themes.items())),
        images=present,
        missing_images=missing,
        repeated_ids=tally.repeated_ids,
        refused=refused,
        report=report,
    )


def _images(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The images that the file's textures name: those that are there, and those that aren't."""
    names = sorted(set(sources.images(path)))
    present = [name for name in names if _is_there(path, name)]
    return tuple(present), tuple(name for name in names if name not in set(present))


def _is_there(path: Path, name: str) -> bool:
    """Whether an image is beside the file, however its path is written; nothing is fetched."""
    for spelling in (name, unquote(name)):
        try:
            if (path.parent / spelling.replace("\\", "/")).is_file():
                return True
        except (OSError, ValueError):
            continue
    return False


def _box(box: Float64Array) -> Box:
    low, high = box.tolist()
    return Box(tuple(low), tuple(high))


def _lonlat(crs: CrsRegistry, boxes: dict[str, Float64Array]) -> Box | None:
    """Around the corners of all boxes, in degrees."""
    world = CrsRegistry()
    world.resolve(WGS84, None, None)
    corners = [
        world.from_ecef(WGS84, crs.to_ecef(key, np.array(np.meshgrid(*box.T)).reshape(3, -1).T))
        for key, box in boxes.items()
    ]
    if not corners:
        return None
    points = np.concatenate(corners)
    return _box(np.stack([points.min(axis=0), points.max(axis=0)]))
