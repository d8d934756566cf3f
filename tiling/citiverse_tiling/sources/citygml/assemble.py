"""A batch of drafts → CityObjects: numbers, CRS, axis order and the report's counts, by array."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling.crs import LOCAL
from citiverse_tiling.errors import BadCoordinates
from citiverse_tiling.model import CityObject, Geometry, Place, Placed, Polygons
from citiverse_tiling.report import Loss, Reason
from citiverse_tiling.sources.citygml.appearances import BAD_PLACES, lose_placing
from citiverse_tiling.sources.citygml.rings import parse_rings, with_zero_heights
from citiverse_tiling.sources.citygml.texture_columns import (
    Points,
    dressed,
    texture_coordinates,
)
from citiverse_tiling.sources.open_rings import open_rings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from citiverse_tiling.crs import CrsRegistry
    from citiverse_tiling.model import BoolArray, Float32Array, Float64Array, Int64Array
    from citiverse_tiling.report import Report
    from citiverse_tiling.sources.citygml.drafts import GeometryDraft, ObjectDraft
    from citiverse_tiling.sources.citygml.templates import Templates


@dataclass(slots=True)
class Assembler:
    """Turns drafts of one file into CityObjects, and remembers the file's CRSs and axis orders."""

    path: Path
    crs: CrsRegistry
    report: Report
    templates: Templates
    north_first: dict[str, bool] = field(default_factory=dict)
    """By CRS key, in the order met; decided once a file, by the first coordinates in it."""
    objects: int = 0

    def assemble(self, drafts: list[ObjectDraft]) -> Iterator[CityObject]:
        """The objects of one batch. Raises UnknownCrs and BadCoordinates."""
        pairs = [(draft, geometry) for draft in drafts for geometry in draft.geometries]
        geometries = [geometry for _, geometry in pairs]
        keys = [
            self.crs.resolve(geometry.srs_name, self.path, draft.line) for draft, geometry in pairs
        ]
        coordinates, written_offsets = parse_rings(_texts(geometries))
        coordinates, ring_offsets, unclosed = open_rings(coordinates, written_offsets)
        self.report.repair("rings that were not closed", unclosed)
        table = _Table(geometries, coordinates, ring_offsets)
        self._order_axes(table, keys)
        self._check(table, keys, pairs)
        points = Points(table.coordinates, ring_offsets, np.diff(written_offsets))
        north_first = [self.north_first[key] for key in keys]
        table.places = texture_coordinates(geometries, points, north_first)
        table.reverse_polygons()
        made = iter(table.slices())
        file = self.path.name
        position = 0
        for draft in drafts:
            count = len(draft.geometries)
            own = tuple(
                placed
                for index, geometry in enumerate(draft.geometries)
                if (placed := self._placed(draft, geometry, *next(made), keys[position + index]))
            )
            position += count
            self.objects += 1
            self.report.objects_read[draft.class_name] += 1
            surfaces = sum(len(geometry.polygons) for geometry in own)
            self.report.read(file, draft.class_name, surfaces)
            yield CityObject(
                source_id=draft.source_id,
                class_name=draft.class_name,
                place=Place(file, draft.line),
                parent_id=draft.parent_id,
                name=draft.name,
                address=draft.address,
                attributes=draft.attributes,
                geometries=own,
            )

    def _placed(
        self,
        draft: ObjectDraft,
        geometry: GeometryDraft,
        polygons: Polygons,
        places: Float32Array | None,
        key: str,
    ) -> Geometry | None:
        """The polygons, or those that stand at this reference point; None where they are lost."""
        placement = geometry.placement
        if placement is None:
            polygons, appearances, amiss = dressed(polygons, geometry, places)
            if amiss:
                lose_placing(self.report, self.path, draft, BAD_PLACES, amiss)
            return Geometry(geometry.lod, key, polygons, appearances) if len(polygons) else None
        shape = placement.shape
        if shape is None or not self.templates.may_place(len(shape)):
            reason = Reason.UNSUPPORTED_GEOMETRY
            detail = "an implicit geometry beyond the number of surfaces that may be multiplied"
            if shape is None:
                reason = Reason.UNRESOLVED_LINK
                detail = f"#{placement.href[:200]} is no shape of an implicit geometry in this file"
            file, line, name = self.path.name, geometry.lines[0], draft.class_name
            self.report.read(file, name, 1)
            self.report.lose(Loss(reason, file, line, draft.source_id, detail, class_name=name))
            return None
        reference = polygons.coordinates[0] if len(polygons.coordinates) else np.full(3, np.nan)
        metres = np.einsum("ij,kj->ki", placement.matrix[:3, :3], shape.coordinates)
        placed = replace(
            shape,
            coordinates=self.crs.beside(key, reference, metres + placement.matrix[:3, 3]),
            surface_types=np.full(len(shape), draft.cover, np.uint8),
            lines=np.full(len(shape), geometry.lines[0], np.int32),
        )
        how = Placed(shape.coordinates, placement.matrix[:3], reference)
        return Geometry(geometry.lod, key, placed, placement.appearances, how)

    def _order_axes(self, table: _Table, keys: list[str]) -> None:
        for key, points in table.points_by_key(keys):
            is_new = key not in self.north_first
            if is_new:
                sample = table.coordinates[points]
                self.north_first[key] = self.crs.written_north_first(key, sample)
            if self.north_first[key]:
                table.coordinates[points, :2] = table.coordinates[points, 1::-1]
            if is_new and not self.crs.in_area_of_use(key, table.coordinates[points]):
                self.report.warn(f"{self.path.name}: it lies outside of where {key} is in use")

    def _check(
        self, table: _Table, keys: list[str], pairs: list[tuple[ObjectDraft, GeometryDraft]]
    ) -> None:
        """Make points NaN that are nowhere on Earth; stop where all points of a batch are."""
        for key, points in table.points_by_key(keys):
            coordinates = table.coordinates[points]
            finite = coordinates[np.isfinite(coordinates).all(axis=1)]
            if not len(finite):
                continue
            if self.crs.on_earth(key, _corners(finite)).all():
                continue
            good = self.crs.on_earth(key, coordinates)
            if not good.any():
                draft = next(
                    draft for (draft, _), own in zip(pairs, keys, strict=True) if own == key
                )
                raise BadCoordinates(
                    "coordinates are too far from the anchor"
                    if key == LOCAL
                    else f"no coordinates lie on Earth in {key}",
                    file=self.path,
                    line=draft.line,
                    object_id=draft.source_id,
                    remedy="give the CRS they are really in with --crs EPSG:<code>",
                )
            coordinates[~good] = np.nan
            table.coordinates[points] = coordinates


class _Table:
    """The polygons of all geometries of a batch, end to end."""

    def __init__(
        self, geometries: list[GeometryDraft], coordinates: Float64Array, ring_offsets: Int64Array
    ) -> None:
        self.geometries = geometries
        self.coordinates = coordinates
        self.ring_offsets = ring_offsets
        self.places: Float32Array | None = None
        self.polygon_counts = [len(geometry.ids) for geometry in geometries]
        self.ring_counts = [len(geometry.rings) for geometry in geometries]
        self.polygon_starts = np.concatenate(([0], np.cumsum(self.polygon_counts, dtype=np.int64)))
        self.ring_starts = np.concatenate(([0], np.cumsum(self.ring_counts, dtype=np.int64)))

    def points_by_key(self, keys: list[str]) -> Iterator[tuple[str, slice | BoolArray]]:
        """Each CRS key with the points that are in it."""
        if len(set(keys)) == 1:
            yield keys[0], slice(None)
            return
        point_starts = self.ring_offsets[self.ring_starts]
        masks: defaultdict[str, BoolArray] = defaultdict(
            lambda: np.zeros(len(self.coordinates), dtype=bool)
        )
        for index, key in enumerate(keys):
            masks[key][point_starts[index] : point_starts[index + 1]] = True
        yield from masks.items()

    def reverse_polygons(self) -> None:
        """Turn the rings of the polygons that are used from their other side."""
        for geometry, first_ring in zip(self.geometries, self.ring_starts, strict=False):
            bounds = [*geometry.first_rings, len(geometry.rings)]
            for polygon in geometry.reversed_polygons:
                for ring in range(bounds[polygon], bounds[polygon + 1]):
                    start, end = self.ring_offsets[first_ring + ring : first_ring + ring + 2]
                    self.coordinates[start:end] = self.coordinates[start:end][::-1].copy()
                    if self.places is not None:
                        self.places[start:end] = self.places[start:end][::-1].copy()

    def slices(self) -> Iterator[tuple[Polygons, Float32Array | None]]:
        """The `Polygons` of each geometry and their texture coordinates, views where they can be.

        The polygons have no looks yet.
        """
        types = _column((geometry.surface_types for geometry in self.geometries), np.uint8)
        lines = _column((geometry.lines for geometry in self.geometries), np.int32)
        first_rings = _column((geometry.first_rings for geometry in self.geometries), np.int64)
        for index, geometry in enumerate(self.geometries):
            polygons = slice(self.polygon_starts[index], self.polygon_starts[index + 1])
            ring, last_ring = self.ring_starts[index], self.ring_starts[index + 1]
            offsets = self.ring_offsets[ring : last_ring + 1]
            own = slice(offsets[0], offsets[-1])
            shape = Polygons(
                coordinates=self.coordinates[own],
                ring_offsets=offsets - offsets[0],
                polygon_offsets=np.append(first_rings[polygons], len(geometry.rings)),
                surface_types=types[polygons],
                lines=lines[polygons],
                ids=tuple(geometry.ids),
            )
            yield shape, None if self.places is None else self.places[own]


def _texts(geometries: list[GeometryDraft]) -> list[str]:
    for geometry in geometries:
        for ring in geometry.flat_rings:
            geometry.rings[ring] = with_zero_heights(geometry.rings[ring])
    return list(chain.from_iterable(geometry.rings for geometry in geometries))


def _column(lists: Iterator[list[int]], dtype: type[np.generic]) -> np.ndarray:
    return np.fromiter(chain.from_iterable(lists), dtype=dtype)


def _corners(coordinates: Float64Array) -> Float64Array:
    """(8, 3) corners of the box around (N, 3) points."""
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    grid = np.array(np.meshgrid(*zip(low, high, strict=True)))
    return np.asarray(grid.reshape(3, -1).T)
