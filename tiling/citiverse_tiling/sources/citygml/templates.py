"""Implicit geometries: a shape in its own frame, a matrix and a reference point (12-019, 8.3).

The same shape often stands for many objects: the first has it, the others point at it by
xlink:href, before or after it in the file; or it is in a file beside (`library`). Shapes are kept
by id while a file is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from citiverse_tiling.model import Appearance, Polygons
from citiverse_tiling.sources.citygml.drafts import GeometryDraft, ObjectDraft, Placement
from citiverse_tiling.sources.citygml.geometry import Gatherer, point_text
from citiverse_tiling.sources.citygml.library import NoShape
from citiverse_tiling.sources.citygml.names import HREF, id_of, line_of, local_name
from citiverse_tiling.sources.citygml.rings import parse_rings
from citiverse_tiling.sources.citygml.texture_columns import (
    Points,
    dressed,
    texture_coordinates,
)
from citiverse_tiling.sources.open_rings import open_rings

if TYPE_CHECKING:
    from lxml.etree import _Element

    from citiverse_tiling.model import Float64Array, Int64Array
    from citiverse_tiling.sources.citygml.appearances import Appearances
    from citiverse_tiling.sources.citygml.library import Library
    from citiverse_tiling.sources.citygml.shape_index import ShapesElsewhere

    Shape: TypeAlias = tuple[Polygons, tuple[Appearance, ...]]

MAX_KEPT_SURFACES = 100_000
"""Surfaces of all shapes that one file may have others point at: memory is bounded."""

MAX_PLACED_SURFACES = 2_000_000
"""Surfaces that one file's shapes may be multiplied to: a small file can't ask for endless work."""


_NO_SHAPE: tuple[Polygons | None, tuple[Appearance, ...]] = (None, ())


@dataclass(slots=True)
class Templates:
    """The shapes of one file."""

    appearances: Appearances
    library: Library
    elsewhere: ShapesElsewhere
    _by_id: dict[str, Shape] = field(default_factory=dict)
    _kept: int = 0
    _placed: int = 0

    def place(self, element: _Element, draft: ObjectDraft, lod: str, srs_name: str | None) -> str:
        """Give `draft` the shape of an implicit geometry property; else says what is amiss."""
        parts = {local_name(node.tag): node for node in element.iterfind("{*}ImplicitGeometry/*")}
        shape = parts.get("relativeGMLGeometry", parts.get("relativeGeometry"))
        uri = parts["libraryObject"].text if "libraryObject" in parts else None
        if shape is None and not (uri or "").strip():
            return "an implicit geometry without a shape"
        matrix = _matrix(parts.get("transformationMatrix"))
        if matrix is None:
            return "an implicit geometry whose matrix isn't 16 numbers"
        reference = parts.get("referencePoint")
        text, own_srs_name = point_text(reference) if reference is not None else ("", None)
        if not text:
            return "an implicit geometry without a reference point"
        href, found = "", _NO_SHAPE
        if shape is not None:
            href = shape.get(HREF, "")
            found = self._by_id.get(href[1:], _NO_SHAPE) if href else self._read(shape)
        else:
            try:
                found = self.library.shape((uri or "").strip())
            except NoShape as problem:
                return str(problem)
        placement = Placement(matrix, href[1:], *found)
        geometry = GeometryDraft(lod, own_srs_name or srs_name, placement=placement)
        geometry.rings.append(text)
        geometry.first_rings.append(0)
        geometry.surface_types.append(draft.cover)
        geometry.lines.append(line_of(element))
        geometry.ids.append("")
        draft.geometries.append(geometry)
        return ""

    def resolve(self, draft: ObjectDraft) -> bool:
        """Find the shapes that the object's geometries point at; False where one isn't known."""
        found = True
        for geometry in draft.geometries:
            placement = geometry.placement
            if placement is not None and placement.shape is None:
                shape = self._by_id.get(placement.href) or self._elsewhere(placement.href)
                placement.shape, placement.appearances = shape
                found = found and placement.shape is not None
        return found

    def _elsewhere(self, href: str) -> tuple[Polygons | None, tuple[Appearance, ...]]:
        """A shape that another part of the file has."""
        found = self.elsewhere.find(href)
        return _NO_SHAPE if found is None else self._read(found)

    def may_place(self, count: int) -> bool:
        """Whether so many surfaces more may come out of shapes."""
        self._placed += count
        return self._placed <= MAX_PLACED_SURFACES

    def _read(self, shape: _Element) -> Shape:
        scratch = ObjectDraft("", "", line_of(shape), None, has_looks=self.appearances.has_any)
        Gatherer(scratch, "", None).gather(shape)
        self.appearances.dress([scratch])
        polygons, appearances = _joined(scratch.geometries)
        if self._kept + len(polygons) < MAX_KEPT_SURFACES:
            self._kept += len(polygons) + 1
            for node in (shape, *shape):
                if identifier := id_of(node):
                    self._by_id.setdefault(identifier, (polygons, appearances))
        return polygons, appearances


def _joined(drafts: list[GeometryDraft]) -> Shape:
    """The polygons of several drafts as one shape; only those of one draft keep their looks."""
    polygons, written_sizes = _polygons(drafts)
    if len(drafts) != 1:
        return polygons, ()
    points = Points(polygons.coordinates, polygons.ring_offsets, written_sizes)
    places = texture_coordinates(drafts, points, [False])
    polygons, appearances, _ = dressed(polygons, drafts[0], places)
    return polygons, appearances


def _polygons(drafts: list[GeometryDraft]) -> tuple[Polygons, Int64Array]:
    """The polygons, and the points of each ring as the file has them, (R,)."""
    rings = [ring for draft in drafts for ring in draft.rings]
    bounds = [[*draft.first_rings, len(draft.rings)] for draft in drafts]
    counts = [len(draft.ids) for draft in drafts]
    coordinates, written_offsets = parse_rings(rings)
    coordinates, ring_offsets, _ = open_rings(coordinates, written_offsets)
    ring_counts = np.array([count for own in bounds for count in np.diff(own)], np.int64)
    polygons = Polygons(
        coordinates,
        ring_offsets,
        np.concatenate([np.zeros(1, np.int64), np.cumsum(ring_counts)]),
        np.zeros(sum(counts), np.uint8),
        np.array([line for draft in drafts for line in draft.lines], np.int32),
        tuple(name for draft in drafts for name in draft.ids),
    )
    return polygons, np.diff(written_offsets)


def _matrix(element: _Element | None) -> Float64Array | None:
    """The 4 × 4 matrix, row by row."""
    try:
        numbers = np.array((element.text or "").split() if element is not None else [], np.float64)
    except ValueError:
        return None
    if numbers.shape != (16,) or not np.isfinite(numbers).all() or np.abs(numbers).max() > 1e6:
        return None
    return numbers.reshape(4, 4)
